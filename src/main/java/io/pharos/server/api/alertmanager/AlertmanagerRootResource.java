package io.pharos.server.api.alertmanager;

import io.pharos.alerting.dispatch.Dispatcher;
import io.pharos.alerting.silence.Silences;
import io.pharos.server.api.LargeAnswers;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Path;
import java.time.InstantSource;

/// Alertmanager's API v2 at the path that amtool and Prometheus use.
@Path("/api/v2")
@RunOnVirtualThread
public class AlertmanagerRootResource extends AlertmanagerResource {
  AlertmanagerRootResource(
      Dispatcher dispatcher,
      Silences silences,
      InstantSource clock,
      AlertmanagerIdentity identity,
      LargeAnswers answers) {
    super(dispatcher, silences, clock, identity, answers);
  }
}
