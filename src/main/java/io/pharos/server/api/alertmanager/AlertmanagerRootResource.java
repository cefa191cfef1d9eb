package io.pharos.server.api.alertmanager;

import io.pharos.server.api.LargeAnswers;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Path;

/// Alertmanager's API v2 without a path prefix, as amtool and Prometheus call it.
@Path("/api/v2")
@RunOnVirtualThread
public class AlertmanagerRootResource extends AlertmanagerResource {
  AlertmanagerRootResource(AlertmanagerApi api, LargeAnswers answers) {
    super(api, answers);
  }
}
