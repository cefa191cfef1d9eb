package io.pharos.server.api.prometheus;

import io.pharos.access.Scope;
import io.pharos.server.api.Needs;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;

/// Prometheus' `admin/tsdb`, which Pharos does not support. Answers as Prometheus does without the
/// flag `--web.enable-admin-api`.
@Path("/api/v1/admin/tsdb/{action:delete_series|clean_tombstones|snapshot}")
@RunOnVirtualThread
public class TsdbAdminResource {
  /// Answers that admin APIs are disabled.
  @POST
  @Needs(Scope.ADMIN)
  public Response post() {
    return PrometheusJson.error(500, "unavailable", "admin APIs disabled");
  }

  /// Answers that admin APIs are disabled.
  @PUT
  @Needs(Scope.ADMIN)
  public Response put() {
    return post();
  }
}
