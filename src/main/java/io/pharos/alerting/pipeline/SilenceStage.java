package io.pharos.alerting.pipeline;

import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.silence.Silences;
import java.util.List;

/// Mutes alerts that a silence matches.
record SilenceStage(Silences silences) implements MutingStage {
  @Override
  public List<TrackedAlert> pass(FlushContext context, List<TrackedAlert> alerts) {
    return alerts.stream().filter(alert -> silences.mutedBy(alert.labels()).isEmpty()).toList();
  }

  @Override
  public String reason() {
    return "silence";
  }
}
