package io.pharos.alerting.pipeline;

import io.pharos.alerting.alert.TrackedAlert;
import java.util.List;

/// Mutes a whole group within its route's mute time intervals.
record MuteIntervalStage(TimeIntervals intervals) implements MutingStage {
  @Override
  public List<TrackedAlert> pass(FlushContext context, List<TrackedAlert> alerts) {
    return intervals.containing(context.muteIntervals(), context.now()).isEmpty()
        ? alerts
        : List.of();
  }

  @Override
  public String reason() {
    return "mute_time_interval";
  }
}
