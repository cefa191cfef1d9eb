package io.pharos.alerting.pipeline;

import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.silence.Inhibitor;
import java.util.List;

/// Mutes alerts that other firing alerts inhibit.
record InhibitionStage(Inhibitor inhibitor) implements MutingStage {
  @Override
  public List<TrackedAlert> pass(FlushContext context, List<TrackedAlert> alerts) {
    return alerts.stream()
        .filter(alert -> inhibitor.inhibitedBy(alert.labels(), context.now()).isEmpty())
        .toList();
  }

  @Override
  public String reason() {
    return "inhibition";
  }
}
