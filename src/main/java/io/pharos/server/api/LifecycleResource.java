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

/// Health, readiness and reload.
@Path("/-")
@Produces(MediaType.TEXT_PLAIN)
@RunOnVirtualThread
public class LifecycleResource {
  private final ServiceStatus status;

  LifecycleResource(ServiceStatus status) {
    this.status = status;
  }

  /// Answers 200 as long as the process can serve requests.
  @GET
  @Path("/healthy")
  @Exempt(Exemption.HEALTH)
  public String healthy() {
    return "Pharos is healthy.\n";
  }

  /// Answers 200 if Pharos can store its data, otherwise 503 with the reasons.
  @GET
  @Path("/ready")
  @Exempt(Exemption.HEALTH)
  public Response ready() {
    if (!status.isReady()) {
      return Response.status(503).entity("Pharos is starting or stopping.\n").build();
    }
    List<String> troubles = status.storageTroubles();
    return troubles.isEmpty()
        ? Response.ok("Pharos is ready.\n").build()
        : Response.status(503)
            .entity(
                "Pharos runs and sends alerts, but can't store everything:\n"
                    + String.join("\n", troubles)
                    + "\n")
            .build();
  }

  /// Reads the configuration files again.
  ///
  /// @return 200 if all files are valid and used now; 500 with `file:line:message` if a file is
  ///   invalid
  @POST
  @Path("/reload")
  @Needs(Scope.RELOAD)
  public Response reload() {
    try {
      status.reload();
      return Response.ok("reloaded\n").build();
    } catch (ConfigException e) {
      return Response.status(500)
          .entity(
              "failed to reload config: the previous configuration is still used:\n"
                  + e.getMessage()
                  + "\n")
          .build();
    }
  }

  /// Reads the files again, like [#reload].
  @PUT
  @Path("/reload")
  @Needs(Scope.RELOAD)
  public Response reloadByPut() {
    return reload();
  }
}
