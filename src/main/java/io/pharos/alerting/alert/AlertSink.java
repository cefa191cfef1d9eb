package io.pharos.alerting.alert;

import io.pharos.model.Labels;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Receives alerts from rules. A sink is the dispatcher of this process or an Alertmanager over
/// HTTP.
public interface AlertSink {
  /// Accepts alerts for delivery. Returns quickly and throws nothing: a sink that cannot accept
  /// alerts counts them as lost and relies on the sender to repeat them.
  void send(List<Alert> alerts);

  /// Returns when a sender said that the alert with these labels ended. Empty if it may be firing,
  /// if it only expired, and if this sink does not know.
  default Optional<Instant> postedEnd(Labels alert) {
    return Optional.empty();
  }
}
