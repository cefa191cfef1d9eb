package io.pharos.server.web;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.net.URISyntaxException;

/// Redirects the URLs that the mailbox had in version 0.1, because bookmarks and old messages
/// contain them.
@Path("/outbox")
public class OutboxAddress {
  /// Redirects to the mailbox.
  @GET
  public Response mailbox() {
    return redirect("");
  }

  /// Redirects to a message.
  @GET
  @Path("{message: .+}")
  public Response message(@PathParam("message") String message) {
    return redirect("/" + message);
  }

  private static Response redirect(String path) {
    try {
      return Response.status(Response.Status.MOVED_PERMANENTLY)
          .location(new URI(null, null, "/mailbox" + path, null))
          .build();
    } catch (URISyntaxException e) {
      throw new NotFoundException("no such message", e);
    }
  }
}
