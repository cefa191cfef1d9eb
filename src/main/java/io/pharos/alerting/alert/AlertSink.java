package io.pharos.alerting.alert;

import java.util.List;

/// Receives alerts from rules: the dispatcher of this process, or an Alertmanager over HTTP.
public interface AlertSink {
  /// Accepts alerts for delivery. Returns quickly and does not fail: a sink that cannot accept
  /// alerts counts the loss and relies on the sender to repeat them.
  void send(List<Alert> alerts);
}
