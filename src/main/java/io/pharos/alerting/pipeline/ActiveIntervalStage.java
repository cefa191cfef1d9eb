package io.pharos.alerting.pipeline;

import io.pharos.alerting.alert.TrackedAlert;
import java.util.List;

/// Mutes a whole group outside of its route's active time intervals, if it has any.
record ActiveIntervalStage(TimeIntervals intervals) implements MutingStage {
  @Override
  public List<TrackedAlert> pass(FlushContext context, List<TrackedAlert> alerts) {
    boolean muted =
        !context.activeIntervals().isEmpty()
            && intervals.containing(context.activeIntervals(), context.now()).isEmpty();
    return muted ? List.of() : alerts;
  }

  @Override
  public String reason() {
    return "active_time_interval";
  }
}
