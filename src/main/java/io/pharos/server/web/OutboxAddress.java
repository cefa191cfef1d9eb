package io.pharos.server.web;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.net.URISyntaxException;

/// Where the mailbox was until 0.1: bookmarks and links in old messages lead on to it.
@Path("/outbox")
public class OutboxAddress {
  @GET
  public Response mailbox() {
    return movedOn("");
  }

  @GET
  @Path("{message: .+}")
  public Response message(@PathParam("message") String message) {
    return movedOn("/" + message);
  }

  private static Response movedOn(String rest) {
    try {
      return Response.status(Response.Status.MOVED_PERMANENTLY)
          .location(new URI(null, null, "/mailbox" + rest, null))
          .build();
    } catch (URISyntaxException e) {
      throw new NotFoundException("no such message", e);
    }
  }
}
