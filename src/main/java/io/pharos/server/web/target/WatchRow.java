package io.pharos.server.web.target;

import io.pharos.alerting.message.TextLimit;
import io.pharos.server.web.design.HistoryBars;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Something watched in a list.
///
/// @param state its class in the style sheet
/// @param kind `target`, `probe` or `heartbeat`
/// @param since since when it is like this; null before the first check
/// @param isOlder whether it may be like this for longer
/// @param reason why it is not up; empty if it is
/// @param last null before the first check
/// @param expiry how long its certificate is valid; empty without TLS
/// @param took duration of the last check and, for a target, its samples
record WatchRow(
    String state,
    String kind,
    String name,
    String page,
    String group,
    String address,
    @Nullable PageTime since,
    boolean isOlder,
    String reason,
    @Nullable PageTime last,
    String took,
    String expiry,
    HistoryBars bars) {
  /// A row shows the start of a long reason; the page of the target shows all of it.
  private static final int MAX_REASON = 200;

  private static final int MAX_NAME = 100;

  static WatchRow of(Watched one, Instant now) {
    Instant since = one.since();
    Instant last = one.last();
    return new WatchRow(
        one.standing().text(),
        one.kind().text(),
        name(one),
        address(one),
        PageText.of(one.group()),
        PageText.of(one.address()),
        since == null ? null : PageTime.of(since, now),
        one.isOlder(),
        TextLimit.line(MAX_REASON, one.reason()),
        last == null ? null : PageTime.of(last, now),
        took(one),
        expiry(one, now),
        CheckBars.of(one.checks(CheckBars.MAX)));
  }

  /// Returns the name for a page.
  static String name(Watched one) {
    String name = TextLimit.line(MAX_NAME, one.name());
    return name.isEmpty() ? "without a name" : name;
  }

  /// Returns the address of its page.
  static String address(Watched one) {
    return "/targets/" + one.id();
  }

  private static String took(Watched one) {
    if (one.last() == null) {
      return "";
    }
    String took = one.kind() == Watched.Kind.HEARTBEAT ? "" : PageTime.span(one.took());
    return one.target() == null
        ? took
        : took + ", " + PageText.count(one.target().record().cost().kept(), "sample");
  }

  /// Returns how long a certificate is valid.
  static String expiry(Watched one, Instant now) {
    Instant expiry = one.expiry();
    if (expiry == null) {
      return "";
    }
    Duration left = Duration.between(now, expiry);
    return left.isNegative() ? "certificate expired" : "certificate " + left.toDays() + " d";
  }
}
