package io.pharos.server.api.prometheus;

import io.pharos.server.api.Exempt;
import io.pharos.server.api.Exemption;
import io.pharos.server.api.alertmanager.AlertmanagerJson;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

/// What Alertmanager had below `/api/v1` until it was removed: each answers 410, so that an old
/// client says why it fails. `GET /api/v1/alerts` is not among them, since it is Prometheus'.
@Path("/api/v1")
public class AlertmanagerV1 {
  /// The answer of everything that was there.
  static Response gone() {
    byte[] body =
        AlertmanagerJson.write(
            json -> {
              json.writeStartObject();
              json.writeStringField("status", "deprecated");
              json.writeStringField(
                  "error", "Alertmanager's API v1 is gone, please use the same call of API v2");
              json.writeEndObject();
            });
    return Response.status(Response.Status.GONE)
        .type(MediaType.APPLICATION_JSON_TYPE)
        .entity(body)
        .build();
  }

  @POST
  @Path("/alerts")
  @Exempt(Exemption.GONE)
  public Response postAlerts() {
    return gone();
  }

  @GET
  @Path("/alerts/groups")
  @Exempt(Exemption.GONE)
  public Response groups() {
    return gone();
  }

  @GET
  @Path("/receivers")
  @Exempt(Exemption.GONE)
  public Response receivers() {
    return gone();
  }

  @GET
  @Path("/silences")
  @Exempt(Exemption.GONE)
  public Response silences() {
    return gone();
  }

  @POST
  @Path("/silences")
  @Exempt(Exemption.GONE)
  public Response postSilence() {
    return gone();
  }

  @GET
  @Path("/silence/{id}")
  @Exempt(Exemption.GONE)
  public Response silence() {
    return gone();
  }

  @DELETE
  @Path("/silence/{id}")
  @Exempt(Exemption.GONE)
  public Response expireSilence() {
    return gone();
  }
}
