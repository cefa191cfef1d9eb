package io.pharos.server.api;

import io.pharos.access.Scope;
import io.pharos.config.yaml.ConfigException;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;

/// Whether Pharos lives, whether it is ready, and reading its files again.
@Path("/-")
@Produces(MediaType.TEXT_PLAIN)
@RunOnVirtualThread
public class LifecycleResource {
  private final ServiceStatus status;

  LifecycleResource(ServiceStatus status) {
    this.status = status;
  }

  @GET
  @Path("/healthy")
  @Exempt(Exemption.HEALTH)
  public String healthy() {
    return "Pharos is healthy.\n";
  }

  @GET
  @Path("/ready")
  @Exempt(Exemption.HEALTH)
  public Response ready() {
    if (!status.isReady()) {
      return Response.status(503).entity("Pharos is starting or stopping.\n").build();
    }
    List<String> troubles = status.troublesOfStorage();
    return troubles.isEmpty()
        ? Response.ok("Pharos is ready.\n").build()
        : Response.status(503)
            .entity(
                "Pharos runs and tells what it sees, but does not store all of it:\n"
                    + String.join("\n", troubles)
                    + "\n")
            .build();
  }

  /// 200 when every file was read and is at work, 500 with file:line:message when one is bad.
  @POST
  @Path("/reload")
  @Needs(Scope.RELOAD)
  public Response reload() {
    try {
      status.reload();
      return Response.ok("reloaded\n").build();
    } catch (ConfigException e) {
      return Response.status(500)
          .entity("failed to reload config: nothing was changed:\n" + e.getMessage() + "\n")
          .build();
    }
  }

  @PUT
  @Path("/reload")
  @Needs(Scope.RELOAD)
  public Response reloadByPut() {
    return reload();
  }
}
