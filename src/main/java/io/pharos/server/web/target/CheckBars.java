package io.pharos.server.web.target;

import io.pharos.server.web.design.HistoryBars;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// The last checks of something watched as bars, one for each check. They differ in height and
/// colour, and each has its time and reason as words. The newest is always at the right edge.
final class CheckBars {
  /// Number of checks as bars.
  static final int MAX = 50;

  private static final int HEIGHT = 20;

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("EEE HH:mm:ss 'UTC'", Locale.ENGLISH).withZone(ZoneOffset.UTC);

  private CheckBars() {}

  static HistoryBars of(List<Watched.Check> checks) {
    int empty = Math.max(0, MAX - checks.size());
    return new HistoryBars(
        IntStream.range(0, empty + checks.size())
            .mapToObj(
                i ->
                    i < empty
                        ? new HistoryBars.Bar("none", i, HEIGHT, 0, "no check")
                        : bar(i, checks.get(i - empty)))
            .toList(),
        text(checks));
  }

  private static HistoryBars.Bar bar(int index, Watched.Check check) {
    int height =
        switch (check.standing()) {
          case UP -> HEIGHT;
          case DEGRADED -> 14;
          case DOWN -> 8;
          case UNKNOWN -> 4;
        };
    return new HistoryBars.Bar(
        check.standing().text(), index, HEIGHT - height, height, time(check.at()) + words(check));
  }

  private static String words(Watched.Check check) {
    return ": "
        + check.standing().text()
        + " in "
        + PageTime.span(check.took())
        + (check.reason().isEmpty() ? "" : ": " + PageText.of(check.reason()));
  }

  private static String time(Instant at) {
    return TIME.format(at);
  }

  private static String text(List<Watched.Check> checks) {
    if (checks.isEmpty()) {
      return "not checked yet";
    }
    return "the last %s: %d up, %d down, %d unknown"
        .formatted(
            PageText.count(checks.size(), "check"),
            count(checks, WatchState.UP),
            count(checks, WatchState.DOWN),
            count(checks, WatchState.UNKNOWN));
  }

  private static long count(List<Watched.Check> checks, WatchState standing) {
    return checks.stream().filter(check -> check.standing() == standing).count();
  }
}
