package io.pharos.alerting.alert;

import java.util.List;

/// Receives alerts from rules. A sink is the dispatcher of this process or an Alertmanager over
/// HTTP.
public interface AlertSink {
  /// Accepts alerts for delivery. Returns quickly and throws nothing: a sink that cannot accept
  /// alerts counts them as lost and relies on the sender to repeat them.
  void send(List<Alert> alerts);
}
