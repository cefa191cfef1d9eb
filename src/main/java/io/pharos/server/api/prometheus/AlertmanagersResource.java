package io.pharos.server.api.prometheus;

import io.pharos.server.api.ServiceStatus;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;

/// Prometheus' `alertmanagers`: the targets of alerts.
@Path("/api/v1/alertmanagers")
@RunOnVirtualThread
public class AlertmanagersResource {
  private final ServiceStatus status;

  AlertmanagersResource(ServiceStatus status) {
    this.status = status;
  }

  /// Returns the URLs to which alerts are sent.
  @GET
  public Response alertmanagers() {
    return PrometheusJson.success(
        json -> {
          json.writeStartObject();
          json.writeArrayFieldStart("activeAlertmanagers");
          for (String url : status.alertmanagers()) {
            json.writeStartObject();
            json.writeStringField("url", url);
            json.writeEndObject();
          }
          json.writeEndArray();
          json.writeArrayFieldStart("droppedAlertmanagers");
          json.writeEndArray();
          json.writeEndObject();
        });
  }
}
