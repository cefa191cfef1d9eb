package io.pharos.alerting.dispatch;

import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;

/// Limits the memory that alerts use. A change of a known alert is refused only if it needs more
/// memory than is left. The last quarter of the bound is reserved for alerts of this process' own
/// rules, and urgent alerts of these rules may exceed the bound by an eighth. So a flood of alerts
/// cannot hide trouble of Pharos itself.
final class AlertLimit {
  private static final int CHARS_PER_UNIT = 1024;

  private final MemoryBounds bounds;
  private final KnownAlerts known;

  AlertLimit(MemoryBounds bounds, KnownAlerts known) {
    this.bounds = bounds;
    this.known = known;
    bounds.watch(MemoryBound.ALERTS, known::weight);
  }

  /// Origin of an alert.
  enum Sender {
    OTHERS,
    OWN,
    OWN_URGENT
  }

  boolean admits(TrackedAlert alert, Sender sender) {
    long addedWeight = weight(alert) - known.weight(alert.fingerprint());
    if (addedWeight <= 0) {
      return true;
    }
    long bound = bounds.of(MemoryBound.ALERTS);
    long max =
        switch (sender) {
          case OTHERS -> bound / 4 * 3;
          case OWN -> bound;
          case OWN_URGENT -> bound + bound / 8;
        };
    return known.weight() + addedWeight <= max;
  }

  /// Counts the refused alerts of one batch in the metrics.
  ///
  /// @return the error message for the sender
  String refuse(int count) {
    String text =
        "%d alerts were refused: the maximum of %d alerts is reached (--%s). Known alerts are not affected"
            .formatted(count, bounds.of(MemoryBound.ALERTS), MemoryBound.ALERTS.flag());
    bounds.refuse(MemoryBound.ALERTS, text);
    return text;
  }

  /// Returns the weight of an alert: one, plus one for each 1024 characters of its texts.
  static long weight(TrackedAlert alert) {
    var chars = new long[] {alert.generatorUrl().length()};
    alert.labels().forEach((name, value) -> chars[0] += name.length() + value.length());
    alert.annotations().forEach((name, value) -> chars[0] += name.length() + value.length());
    return 1 + chars[0] / CHARS_PER_UNIT;
  }
}
