package io.pharos.promql.remote;

import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Detects that a server has lost data. Records how many targets (or log lines) the server had at a
/// past moment, and later queries the number at this moment again. A server that restarted with an
/// empty disk, or lost a part of its data, returns a smaller number. The data of a server without
/// targets can't be checked, and is regarded as complete.
final class DataLossCheck {
  /// Query for the number of targets of a Prometheus.
  static final String TARGETS = "count(up)";

  /// Query for the number of lines that a Loki received within a minute.
  static final String LINES = "sum(count_over_time({job=~\".+\"}[1m]))";

  /// Age of a moment when its number is recorded. By then the server has stored the samples of this
  /// moment.
  static final Duration PAST = Duration.ofSeconds(30);

  /// Age at which a recorded moment is replaced by a later moment, long before the server deletes
  /// its samples.
  static final Duration RENEWAL = Duration.ofMinutes(2);

  /// Interval between attempts to record a moment while the server has no targets.
  static final Duration RETRY = Duration.ofSeconds(15);

  /* The data is lost if the number falls below this share of the recorded number. Staleness
   * markers that arrive late may remove targets, but not half of them. */
  private static final double MIN_REMAINING_SHARE = 0.5;

  private record Moment(Instant time, double targets) {}

  private final Evaluator server;
  private final String query;
  private volatile @Nullable Moment recorded;
  private volatile Instant nextRecordingAt = Instant.MIN;

  /// Creates a check without a recorded moment.
  ///
  /// @param query query whose result for a past moment decreases only by data loss
  DataLossCheck(Evaluator server, String query) {
    this.server = server;
    this.query = query;
  }

  /// Returns whether it is time to record a later moment.
  boolean isDue(Instant now) {
    return !now.isBefore(nextRecordingAt);
  }

  /// Returns whether the server still has the data of the recorded moment.
  ///
  /// @throws QueryException if the server is unreachable
  boolean hasAllData(Instant now) {
    Moment moment = recorded;
    if (moment != null && targets(moment.time) < moment.targets * MIN_REMAINING_SHARE) {
      return false;
    }
    if (isDue(now)) {
      recordMoment(now);
    }
    return true;
  }

  /* Records a past moment if the server had targets then. Without a recorded moment, no data loss
   * is detected. */
  private void recordMoment(Instant now) {
    nextRecordingAt = now.plus(RETRY);
    Instant past = now.minus(PAST);
    double targets;
    try {
      targets = targets(past);
    } catch (QueryException _) { // the next attempt is after an interval
      return;
    }
    if (targets > 0) {
      recorded = new Moment(past, targets);
      nextRecordingAt = now.plus(RENEWAL);
    }
  }

  /// Forgets the recorded moment.
  void forget() {
    recorded = null;
    nextRecordingAt = Instant.MIN;
  }

  private double targets(Instant time) {
    try {
      return server.instant(query, time.toEpochMilli()).value() instanceof InstantVector vector
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
