package io.pharos.server.api.prometheus;

import io.pharos.server.api.Exempt;
import io.pharos.server.api.Exemption;
import io.pharos.server.api.JsonValue;
import io.pharos.server.api.alertmanager.AlertmanagerJson;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

/// The routes of Alertmanager's API v1, which was removed. They answer old clients with 410 and a
/// message. `GET /api/v1/alerts` is not one of these routes, because Prometheus has the same route.
@Path("/api/v1")
public class AlertmanagerV1 {
  /// Returns the answer of all these routes.
  static Response gone() {
    byte[] body =
        AlertmanagerJson.write(
            JsonValue.object(
                "status", "deprecated",
                "error", "Alertmanager's API v1 was removed; use the same route of API v2"));
    return Response.status(Response.Status.GONE)
        .type(MediaType.APPLICATION_JSON_TYPE)
        .entity(body)
        .build();
  }

  /// Answers 410.
  @POST
  @Path("/alerts")
  @Exempt(Exemption.GONE)
  public Response postAlerts() {
    return gone();
  }

  /// Answers 410.
  @GET
  @Path("/alerts/groups")
  @Exempt(Exemption.GONE)
  public Response groups() {
    return gone();
  }

  /// Answers 410.
  @GET
  @Path("/receivers")
  @Exempt(Exemption.GONE)
  public Response receivers() {
    return gone();
  }

  /// Answers 410.
  @GET
  @Path("/silences")
  @Exempt(Exemption.GONE)
  public Response silences() {
    return gone();
  }

  /// Answers 410.
  @POST
  @Path("/silences")
  @Exempt(Exemption.GONE)
  public Response postSilence() {
    return gone();
  }

  /// Answers 410.
  @GET
  @Path("/silence/{id}")
  @Exempt(Exemption.GONE)
  public Response silence() {
    return gone();
  }

  /// Answers 410.
  @DELETE
  @Path("/silence/{id}")
  @Exempt(Exemption.GONE)
  public Response expireSilence() {
    return gone();
  }
}
