package io.pharos.server.web.home;

import io.pharos.model.PromDuration;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.server.web.incident.Board;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// When an alert last fired, as the series `ALERTS` records it.
final class LastFiring {
  /// How far back the search goes.
  static final Duration QUIET = Duration.ofDays(7);

  private static final Duration FIRST = Duration.ofMinutes(5);

  /// Steps of a window: the result is late by at most this part of the window.
  private static final int STEPS = 60;

  private LastFiring() {}

  /// Returns when an alert last fired within [#QUIET]; empty if none did. Alerts that always fire
  /// don't count.
  ///
  /// The search begins with a window of five minutes and doubles it until it finds a sample, so it
  /// reads few samples of a storm that ended, and finds alerts that fired for a few seconds. The
  /// result is later than the sample by at most a thirtieth of the time since then, or by 5 s.
  ///
  /// @throws io.pharos.promql.value.QueryException if a query fails
  static Optional<Instant> find(Evaluator evaluator, Instant now) {
    for (Duration window = FIRST; ; window = window.multipliedBy(2)) {
      boolean isLast = window.compareTo(QUIET) >= 0;
      Optional<Instant> found = find(evaluator, isLast ? QUIET : window, now);
      if (found.isPresent() || isLast) {
        return found;
      }
    }
  }

  private static Optional<Instant> find(Evaluator evaluator, Duration window, Instant now) {
    String step = PromDuration.format(window.dividedBy(STEPS));
    String expression =
        "max(max_over_time(timestamp(last_over_time(ALERTS{alertstate=\"firing\",alertname!~\"%s\"}[%s]))[%s:%s]))"
            .formatted(Board.heartbeatNames(), step, PromDuration.format(window), step);
    return evaluator.instant(expression, now.toEpochMilli()).value() instanceof InstantVector vector
            && vector.size() == 1
        ? Optional.of(Instant.ofEpochMilli(Math.round(vector.value(0) * 1000)))
        : Optional.empty();
  }
}
