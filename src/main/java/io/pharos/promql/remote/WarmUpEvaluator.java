package io.pharos.promql.remote;

import io.pharos.model.PromDuration;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryBounds;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryException.Kind;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.StringValue;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Rejects responses of a server that has just recovered from an outage or lost its data.
///
/// Such a server returns nothing until it has scraped all targets again. That would resolve every
/// firing alert and fire every `absent()`. So its responses are rejected as unavailable, and alerts
/// keep their state: for [#SETTLE] after an outage of [#OUTAGE] or longer, and for [#RELEARN] after
/// data loss. A shorter outage needs no pause, because older samples are still within the lookback.
///
/// A server that did not answer gets one cheap query first, so that the rules of a group do not
/// each wait for a timeout.
public final class WarmUpEvaluator implements Evaluator {
  /// Minimum length of an outage after which responses are rejected. It is shorter than the default
  /// lookback of five minutes by more than usual scrape intervals.
  static final Duration OUTAGE = Duration.ofMinutes(2);

  /// Time in which every target with a usual scrape interval is scraped once.
  static final Duration SETTLE = Duration.ofMinutes(1);

  /// Time in which every target with a usual scrape interval is scraped twice, as a rate needs.
  static final Duration RELEARN = Duration.ofMinutes(2);

  /// Pause before the next query to a server that did not answer.
  static final Duration REST = Duration.ofSeconds(5);

  private static final QueryBounds SIGN_OF_LIFE =
      new QueryBounds(Optional.of(Duration.ofSeconds(2)), Optional.empty());

  /* The range at the end of a selector of raw samples. */
  private static final Pattern RANGE = Pattern.compile("\\[([0-9a-z]+)]$");

  /* More than the number of rules that one process evaluates. */
  private static final int MAX_EXPRESSIONS = 50_000;

  private final Evaluator evaluator;
  private final InstantSource clock;
  private final DataLossCheck memory;

  /* For each expression, a hash of the series in its last accepted result. */
  private final Map<String, Integer> lastSeries =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
          return size() > MAX_EXPRESSIONS;
        }
      };
  private Instant lastAnswer;
  private Instant settledAt;
  private Instant forgotAt = Instant.MIN;
  private Instant asksAgainAt;
  private String reason = "";
  private boolean away;

  /// Creates an evaluator for a Prometheus-compatible server.
  public WarmUpEvaluator(Evaluator evaluator, InstantSource clock) {
    this(evaluator, clock, DataLossCheck.TARGETS);
  }

  /// Creates an evaluator for a Loki. After an outage it receives lines late, as a Prometheus does
  /// samples.
  public static WarmUpEvaluator ofLoki(Evaluator evaluator, InstantSource clock) {
    return new WarmUpEvaluator(evaluator, clock, DataLossCheck.LINES);
  }

  private WarmUpEvaluator(Evaluator evaluator, InstantSource clock, String question) {
    this.evaluator = evaluator;
    this.clock = clock;
    this.memory = new DataLossCheck(evaluator, question);
    this.lastAnswer = clock.instant();
    this.settledAt = lastAnswer;
    this.asksAgainAt = lastAnswer;
  }

  /// Evaluates a query. Results of external queries are never rejected: people read them, and they
  /// start or end no alert.
  @Override
  public QueryResult evaluate(Query query) {
    QueryResult result = answer(() -> evaluator.evaluate(query));
    if (query.bounds().isEmpty()) {
      requireSettled();
      switch (query.span()) {
        case Query.At(long millis) -> requireSettled(query.text(), millis, result);
        case Query.Steps _ -> requireMemory();
      }
    }
    return result;
  }

  /* Rejects a result with other series than the last one, because it would start or end an
   * alert, and any result with raw samples. */
  private void requireSettled(String expression, long at, QueryResult result) {
    switch (result.value()) {
      case RangeMatrix _ -> {
        requireMemory();
        requireWindow(expression, at);
      }
      case InstantVector vector -> {
        int series = series(vector);
        if (!isAsBefore(expression, series) || memory.isDue(clock.instant())) {
          requireMemory();
        }
        remember(expression, series);
      }
      case Scalar _, StringValue _ -> {}
    }
  }

  private QueryResult answer(Supplier<QueryResult> query) {
    requireSignOfLife();
    return contact(query);
  }

  private <T> T contact(Supplier<T> query) {
    try {
      T answer = query.get();
      noteAnswer();
      return answer;
    } catch (QueryException e) {
      noteFailure(e.kind());
      throw e;
    }
  }

  private synchronized void noteFailure(Kind kind) {
    switch (kind) {
      case UNAVAILABLE, TIMEOUT -> away = true;
      case BAD_DATA,
          EXECUTION,
          BUSY,
          CANCELED -> {} // the server is available, or the caller cancelled the query
    }
  }

  private synchronized void noteAnswer() {
    Instant now = clock.instant();
    Duration gap = Duration.between(lastAnswer, now);
    lastAnswer = now;
    if (away && gap.compareTo(OUTAGE) >= 0) {
      refuseUntil(now.plus(SETTLE), "the engine is back after a long outage");
    }
    away = false;
  }

  private void refuseUntil(Instant end, String newReason) {
    if (end.isAfter(settledAt)) {
      settledAt = end;
      reason = newReason;
    }
  }

  private void requireSignOfLife() {
    Instant now = clock.instant();
    synchronized (this) {
      if (!away) {
        return;
      }
      if (now.isBefore(asksAgainAt)) {
        throw new QueryException(Kind.UNAVAILABLE, "the engine did not answer a moment ago");
      }
    }
    try {
      QueryResult _ =
          contact(
              () ->
                  evaluator.evaluate(
                      Query.at("vector(1)", now.toEpochMilli()).within(SIGN_OF_LIFE)));
    } catch (QueryException e) {
      switch (e.kind()) {
        case UNAVAILABLE, TIMEOUT -> {
          restBeforeNextQuery();
          throw e;
        }
        case BAD_DATA, EXECUTION, BUSY -> {} // the server is available
        case CANCELED -> throw e;
      }
    }
  }

  private synchronized void restBeforeNextQuery() {
    asksAgainAt = clock.instant().plus(REST);
  }

  /* Rejects results after data loss. The end of the rejection is set before the recorded moment
   * is forgotten, so that a concurrent thread sees one of the two. */
  private void requireMemory() {
    if (!contact(() -> memory.isWhole(clock.instant()))) {
      synchronized (this) {
        forgotAt = clock.instant();
        refuseUntil(forgotAt.plus(RELEARN), "the engine has lost samples");
      }
      memory.forget();
    }
    requireSettled();
  }

  /* Rejects raw samples from before the data loss. The caller counts the samples since a first
   * one, so it would not notice that some are missing. */
  private void requireWindow(String expression, long at) {
    Matcher range = RANGE.matcher(expression);
    Instant from =
        Instant.ofEpochMilli(at)
            .minus(range.find() ? PromDuration.parse(range.group(1)) : Duration.ZERO);
    synchronized (this) {
      if (from.isBefore(forgotAt)) {
        throw new QueryException(
            Kind.UNAVAILABLE,
            "the query needs samples from before " + forgotAt + ", which the engine has lost");
      }
    }
  }

  private synchronized void requireSettled() {
    Instant now = clock.instant();
    if (now.isBefore(settledAt)) {
      throw new QueryException(
          Kind.UNAVAILABLE,
          reason
              + "; its answers are used again in "
              + Duration.between(now, settledAt).toSeconds()
              + " s, when it has new samples");
    }
  }

  private synchronized boolean isAsBefore(String expression, int series) {
    Integer last = lastSeries.get(expression);
    return last != null && last == series;
  }

  private synchronized void remember(String expression, int series) {
    lastSeries.put(expression, series);
  }

  /* Returns a hash of the labels of all series, which does not depend on their order and values. */
  private static int series(InstantVector vector) {
    int hash = 0;
    for (int i = 0; i < vector.size(); i++) {
      hash += 31 * vector.labels(i).hashCode() + 1;
    }
    return hash;
  }
}
