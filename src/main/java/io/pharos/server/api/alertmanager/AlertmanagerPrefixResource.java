package io.pharos.server.api.alertmanager;

import io.pharos.server.api.LargeAnswers;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Path;

/// Alertmanager's API v2 below the prefix that Grafana's data source and Prometheus' `path_prefix`
/// use.
@Path("/alertmanager/api/v2")
@RunOnVirtualThread
public class AlertmanagerPrefixResource extends AlertmanagerResource {
  AlertmanagerPrefixResource(AlertmanagerApi api, LargeAnswers answers) {
    super(api, answers);
  }
}
