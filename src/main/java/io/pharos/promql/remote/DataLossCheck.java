package io.pharos.promql.remote;

import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Detects that a server lost data. Records the number of its targets (or lines) at a past moment
/// and repeats the query later. A server that restarted with an empty disk, or lost part of its
/// stores, returns less. A server without any targets cannot be checked and is trusted.
final class DataLossCheck {
  /// Number of targets of a Prometheus.
  static final String TARGETS = "count(up)";

  /// Number of lines that a Loki received within a minute.
  static final String LINES = "sum(count_over_time({job=~\".+\"}[1m]))";

  /// Age of the moment: samples scraped by then are stored.
  static final Duration PAST = Duration.ofSeconds(30);

  /// Age at which a later moment replaces it, long before it leaves the store.
  static final Duration RENEWAL = Duration.ofMinutes(2);

  /// Interval between attempts while there are no targets.
  static final Duration RETRY = Duration.ofSeconds(15);

  /* Late staleness markers may remove targets, but not half of them. */
  private static final double FORGOTTEN = 0.5;

  private record Moment(Instant at, double targets) {}

  private final Evaluator server;
  private final String question;
  private volatile @Nullable Moment known;
  private volatile Instant looksAgainAt = Instant.MIN;

  /// @param question query whose result for a past moment never decreases
  DataLossCheck(Evaluator server, String question) {
    this.server = server;
    this.question = question;
  }

  /// Returns whether a later moment is due.
  boolean isDue(Instant now) {
    return !now.isBefore(looksAgainAt);
  }

  /// Returns whether the server still has the data of the recorded moment.
  ///
  /// @throws QueryException if the server is unreachable
  boolean isWhole(Instant now) {
    Moment moment = known;
    if (moment != null && targets(moment.at) < moment.targets * FORGOTTEN) {
      return false;
    }
    if (isDue(now)) {
      lookForMoment(now);
    }
    return true;
  }

  /* Without a moment there is no comparison; queries still work. */
  private void lookForMoment(Instant now) {
    looksAgainAt = now.plus(RETRY);
    Instant past = now.minus(PAST);
    double targets;
    try {
      targets = targets(past);
    } catch (QueryException _) { // tried again later
      return;
    }
    if (targets > 0) {
      known = new Moment(past, targets);
      looksAgainAt = now.plus(RENEWAL);
    }
  }

  /// Forgets the recorded moment.
  void forget() {
    known = null;
    looksAgainAt = Instant.MIN;
  }

  private double targets(Instant at) {
    try {
      return server.instant(question, at.toEpochMilli()).value() instanceof InstantVector vector
              && vector.size() == 1
          ? vector.value(0)
          : 0;
    } catch (QueryException e) {
      return switch (e.kind()) {
        case UNAVAILABLE, BUSY, TIMEOUT, CANCELED -> throw e;
        case BAD_DATA, EXECUTION -> Double.NaN; // the server does not support the query
      };
    }
  }
}
