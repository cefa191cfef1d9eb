package io.pharos.alerting.pipeline;

import io.pharos.alerting.alert.TrackedAlert;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Knows which receivers a group has reached beside the receiver of its route, because nobody has
/// acknowledged it. Methods only use memory and never block.
public interface Escalations {
  /// No group ever reaches a further receiver.
  Escalations NONE =
      new Escalations() {
        @Override
        public Set<String> receivers() {
          return Set.of();
        }

        @Override
        public List<Reached> flushed(Flush flush) {
          return List.of();
        }
      };

  /// Returns the receivers that groups may reach.
  Set<String> receivers();

  /// Takes the steps that are due for a group, and returns all receivers that it has reached. When
  /// all alerts are resolved, further receivers may be returned without a step: one that got a
  /// message about firing alerts must get the end.
  List<Reached> flushed(Flush flush);

  /// A receiver that a group has reached.
  ///
  /// @param step the step that reached it; null if it gets only the end of the group
  record Reached(String receiver, @Nullable EscalationStep step) {}

  /// A flush of a group.
  ///
  /// @param alerts all alerts of the group
  /// @param unmuted the alerts that are not muted
  /// @param reach returns what is known of each integration of a receiver for this group; may be
  ///   called later, too
  record Flush(
      Pipeline.FlushContext context,
      List<TrackedAlert> alerts,
      List<TrackedAlert> unmuted,
      Function<String, List<Reach>> reach) {
    public Flush {
      alerts = List.copyOf(alerts);
      unmuted = List.copyOf(unmuted);
    }

    /// Whether all alerts of the group are resolved.
    public boolean isOver() {
      return alerts.stream().allMatch(alert -> alert.isResolved(context.now()));
    }

    /// Returns the firing alerts that are not muted.
    public List<TrackedAlert> firing() {
      return unmuted.stream().filter(alert -> !alert.isResolved(context.now())).toList();
    }
  }
}
