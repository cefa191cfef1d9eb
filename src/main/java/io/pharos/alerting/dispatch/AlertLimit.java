package io.pharos.alerting.dispatch;

import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;

/// How many alerts there may be. One that is known stays known and may change; a new one needs
/// room. The last quarter is kept for those of this process' own rules, and above the bound there
/// is an eighth for urgent ones among them, so that nobody's flood keeps Pharos from telling that
/// it is in trouble.
final class AlertLimit {
  private static final int CHARS_PER_UNIT = 1024;

  private final MemoryBounds budgets;
  private final KnownAlerts book;

  AlertLimit(MemoryBounds budgets, KnownAlerts book) {
    this.budgets = budgets;
    this.book = book;
    budgets.watch(MemoryBound.ALERTS, book::weight);
  }

  /// Who wants room.
  enum Sender {
    OTHERS,
    OWN,
    OWN_URGENT
  }

  boolean admits(TrackedAlert alert, Sender sender) {
    long more = weight(alert) - book.weight(alert.fingerprint());
    if (more <= 0) {
      return true;
    }
    long bound = budgets.of(MemoryBound.ALERTS);
    long most =
        switch (sender) {
          case OTHERS -> bound / 4 * 3;
          case OWN -> bound;
          case OWN_URGENT -> bound + bound / 8;
        };
    return book.weight() + more <= most;
  }

  /// Counts what was refused of one batch.
  ///
  /// @return what the sender is told
  String refuse(int count) {
    String text =
        "%d alerts were refused: Pharos holds as many as it may, %d (--%s). Those that it knows go on"
            .formatted(count, budgets.of(MemoryBound.ALERTS), MemoryBound.ALERTS.flag());
    budgets.refuse(MemoryBound.ALERTS, text);
    return text;
  }

  /// What an alert weighs: one, and one more for each whole KiB of its texts.
  static long weight(TrackedAlert alert) {
    var chars = new long[] {alert.generatorUrl().length()};
    alert.labels().forEach((name, value) -> chars[0] += name.length() + value.length());
    alert.annotations().forEach((name, value) -> chars[0] += name.length() + value.length());
    return 1 + chars[0] / CHARS_PER_UNIT;
  }
}
