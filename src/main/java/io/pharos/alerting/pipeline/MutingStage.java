package io.pharos.alerting.pipeline;

import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.silence.Inhibitor;
import io.pharos.alerting.silence.Silences;
import java.util.List;

/// A stage of the pipeline that removes muted alerts.
sealed interface MutingStage {
  /// Returns the alerts that are not muted.
  List<TrackedAlert> pass(FlushContext context, List<TrackedAlert> alerts);

  /// Value of the metric label `reason`.
  String reason();

  /// Mutes alerts that other firing alerts inhibit.
  record Inhibition(Inhibitor inhibitor) implements MutingStage {
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

  /// Mutes a whole group outside its route's active time intervals, if it has any.
  record ActiveIntervals(TimeIntervals intervals) implements MutingStage {
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

  /// Mutes a whole group within its route's mute time intervals.
  record MuteIntervals(TimeIntervals intervals) implements MutingStage {
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

  /// Mutes alerts that an active silence matches.
  record Silencing(Silences silences) implements MutingStage {
    @Override
    public List<TrackedAlert> pass(FlushContext context, List<TrackedAlert> alerts) {
      return alerts.stream().filter(alert -> silences.mutedBy(alert.labels()).isEmpty()).toList();
    }

    @Override
    public String reason() {
      return "silence";
    }
  }
}
