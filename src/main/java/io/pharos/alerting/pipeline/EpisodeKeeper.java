package io.pharos.alerting.pipeline;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.config.pharos.AcknowledgementRules;
import io.pharos.model.Labels;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Follows the episodes of alert groups beside their deliveries, and knows which episodes a person
/// has acknowledged. Methods only use memory and never block.
public interface EpisodeKeeper {
  /// A keeper that follows nothing.
  EpisodeKeeper NONE =
      new EpisodeKeeper() {
        @Override
        public @Nullable Acknowledged acknowledged(String groupKey) {
          return null;
        }

        @Override
        public void flushed(
            Pipeline.FlushContext context,
            List<TrackedAlert> alerts,
            Map<Fingerprint, String> muted) {
          // follows nothing
        }

        @Override
        public void delivering(String groupKey) {
          // follows nothing
        }

        @Override
        public void install(AcknowledgementRules rules) {
          // follows nothing
        }
      };

  /// Returns the last acknowledgement of a group's current episode, even if it has ended; null if
  /// there is none.
  @Nullable Acknowledged acknowledged(String groupKey);

  /// Observes a flush of a group, before its deliveries are decided.
  ///
  /// @param alerts all alerts of the group
  /// @param muted the muted alerts, with the reason as in the metric of suppressed alerts
  void flushed(
      Pipeline.FlushContext context, List<TrackedAlert> alerts, Map<Fingerprint, String> muted);

  /// Observes that a delivery about a group was decided or has ended.
  void delivering(String groupKey);

  /// Replaces the rules of acknowledgements.
  void install(AcknowledgementRules rules);

  /// An acknowledgement, as decisions need it.
  interface Acknowledged {
    /// Returns when it began.
    Instant at();

    /// Whether it holds.
    boolean holds(Instant now);

    /// Returns since when its owner is asked to renew it; null if not, or not yet.
    @Nullable Instant asksSince(Instant now);

    /// Whether a person is its owner, or one of several.
    boolean isOf(String person);

    /// Returns when and why it ended.
    Ended ended();

    /// Whether an alert is more severe than every alert that was acknowledged.
    boolean isExceededBy(Labels alert);
  }

  /// The end of an acknowledgement that holds no more.
  ///
  /// @param reason why receivers are notified again; null if the episode ended too
  record Ended(Instant at, Notification.@Nullable Reason reason) {}
}
