package io.pharos.alerting.alert;

import io.pharos.model.Labels;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A sink that keeps the alerts that it got, and knows the ends that a test gives it.
public final class RecordingSink implements AlertSink {
  /// All alerts, the latest last.
  public final List<Alert> sent = new ArrayList<>();

  /// Ends that an earlier process posted, by the labels that were sent.
  public final Map<Labels, Instant> ends = new HashMap<>();

  @Override
  public void send(List<Alert> alerts) {
    sent.addAll(alerts);
  }

  @Override
  public Optional<Instant> postedEnd(Labels alert) {
    return Optional.ofNullable(ends.get(alert));
  }
}
