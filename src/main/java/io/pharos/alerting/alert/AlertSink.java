package io.pharos.alerting.alert;

import java.util.List;

/// Takes alerts off the hands of whoever decided them: the dispatcher of this process, or an
/// Alertmanager over HTTP.
public interface AlertSink {
  /// Accepts alerts for delivery. Returns quickly and does not fail: a sink that can't take them
  /// now counts the loss and relies on the sender's repetition.
  void send(List<Alert> alerts);
}
