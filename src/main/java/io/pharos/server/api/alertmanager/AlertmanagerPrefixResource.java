package io.pharos.server.api.alertmanager;

import io.pharos.server.api.LargeAnswers;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Path;

/// Alertmanager's API v2 below the path prefix `/alertmanager`, for Grafana's data source and for
/// Prometheus' `path_prefix`.
@Path("/alertmanager/api/v2")
@RunOnVirtualThread
public class AlertmanagerPrefixResource extends AlertmanagerResource {
  AlertmanagerPrefixResource(AlertmanagerApi api, LargeAnswers answers) {
    super(api, answers);
  }
}
