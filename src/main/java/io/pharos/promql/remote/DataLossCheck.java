package io.pharos.promql.remote;

import static java.util.Objects.requireNonNull;

import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Whether a server still knows what it knew: the number of its targets, or lines, at a moment
/// past, asked once and asked again later. A server that was restarted on an empty disk, or lost a
/// part of its stores, gives fewer. One that has none can't be told apart from one that has
/// forgotten, and is believed.
final class DataLossCheck {
  /// How many targets a Prometheus knew.
  static final String TARGETS = "count(up)";

  /// How many lines a Loki took within a minute.
  static final String LINES = "sum(count_over_time({job=~\".+\"}[1m]))";

  /// How far back the moment lies: what was scraped by then is stored.
  static final Duration PAST = Duration.ofSeconds(30);

  /// How old the moment gets before a later one takes its place, long before it leaves the store.
  static final Duration RENEWAL = Duration.ofMinutes(2);

  /// How long after a moment without targets another one is looked for.
  static final Duration RETRY = Duration.ofSeconds(15);

  /* Staleness markers may come late and take targets away, but not half of them. */
  private static final double FORGOTTEN = 0.5;

  private record Moment(Instant at, double targets) {}

  private final Evaluator server;
  private final String question;
  private volatile @Nullable Moment known;
  private volatile Instant looksAgainAt = Instant.MIN;

  /// @param question whose answer about a moment past does not become less
  DataLossCheck(Evaluator server, String question) {
    this.server = requireNonNull(server, "server is null");
    this.question = requireNonNull(question, "question is null");
  }

  /// Whether it is time to look for a later moment.
  boolean isDue(Instant now) {
    return !now.isBefore(looksAgainAt);
  }

  /// Whether the server still knows what it knew when it was last asked.
  ///
  /// @throws QueryException when it can't be reached
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

  /* One that can't be had costs the comparison, not the answers. */
  private void lookForMoment(Instant now) {
    looksAgainAt = now.plus(RETRY);
    Instant past = now.minus(PAST);
    double targets;
    try {
      targets = targets(past);
    } catch (QueryException _) { // looked for again
      return;
    }
    if (targets > 0) {
      known = new Moment(past, targets);
      looksAgainAt = now.plus(RENEWAL);
    }
  }

  /// Expects nothing of the server any more.
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
        case BAD_DATA, EXECUTION -> Double.NaN; // it does not know the question
      };
    }
  }
}
