package io.pharos.server.web;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.net.URI;

/// Where the mailbox was until 0.1: bookmarks and links in old messages lead on to it.
@Path("/outbox")
public class OutboxAddress {
  private static final String OLD = "/outbox";

  @GET
  public Response mailbox(@Context UriInfo asked) {
    return movedOn(asked);
  }

  @GET
  @Path("{message: .+}")
  public Response message(@Context UriInfo asked) {
    return movedOn(asked);
  }

  private static Response movedOn(UriInfo asked) {
    String path = asked.getRequestUri().getRawPath();
    String rest = path.substring(path.indexOf(OLD) + OLD.length());
    return Response.status(Response.Status.MOVED_PERMANENTLY)
        .location(URI.create("/mailbox" + rest))
        .build();
  }
}
