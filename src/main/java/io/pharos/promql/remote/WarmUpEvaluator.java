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
/// Such a server returns no samples of a target until it has scraped this target again. Its empty
/// results would resolve every firing alert and fire every `absent()`. Therefore its responses are
/// rejected as unavailable, so that alerts keep their state: for [#SETTLE] after an outage of
/// [#OUTAGE] or longer, and for [#RELEARN] after data loss. After a shorter outage no response is
/// rejected, because the samples from before the outage are still within the lookback.
///
/// If the server did not answer, a cheap query is sent before the next query, so that the rules of
/// a group do not each wait for a timeout.
public final class WarmUpEvaluator implements Evaluator {
  /// Minimum length of an outage after which responses are rejected. Its sum with a usual scrape
  /// interval is less than the default lookback of five minutes.
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
  private final DataLossCheck dataLoss;

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
  private Instant dataLostAt = Instant.MIN;
  private Instant nextQueryAt;
  private String reason = "";
  private boolean away;

  /// Creates an evaluator for a Prometheus-compatible server.
  public WarmUpEvaluator(Evaluator evaluator, InstantSource clock) {
    this(evaluator, clock, DataLossCheck.TARGETS);
  }

  /// Creates an evaluator for a Loki. Like a Prometheus, it lacks recent data after an outage.
  public static WarmUpEvaluator ofLoki(Evaluator evaluator, InstantSource clock) {
    return new WarmUpEvaluator(evaluator, clock, DataLossCheck.LINES);
  }

  private WarmUpEvaluator(Evaluator evaluator, InstantSource clock, String lossQuery) {
    this.evaluator = evaluator;
    this.clock = clock;
    this.dataLoss = new DataLossCheck(evaluator, lossQuery);
    this.lastAnswer = clock.instant();
    this.settledAt = lastAnswer;
    this.nextQueryAt = lastAnswer;
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
        case Query.Steps _ -> requireNoDataLoss();
      }
    }
    return result;
  }

  /* Checks for data loss before using raw samples, before using a result whose series differ from
   * the expression's last result (the difference would start or end alerts), and when a check is
   * due. */
  private void requireSettled(String expression, long timeMillis, QueryResult result) {
    switch (result.value()) {
      case RangeMatrix _ -> {
        requireNoDataLoss();
        requireWindow(expression, timeMillis);
      }
      case InstantVector vector -> {
        int series = series(vector);
        if (!hasSameSeries(expression, series) || dataLoss.isDue(clock.instant())) {
          requireNoDataLoss();
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
      if (now.isBefore(nextQueryAt)) {
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
    nextQueryAt = clock.instant().plus(REST);
  }

  /* Rejects results after data loss. First the rejection is set, then DataLossCheck forgets its
   * reference moment. So a concurrent thread notices the loss itself or sees the rejection. */
  private void requireNoDataLoss() {
    if (!contact(() -> dataLoss.hasAllData(clock.instant()))) {
      synchronized (this) {
        dataLostAt = clock.instant();
        refuseUntil(dataLostAt.plus(RELEARN), "the engine has lost samples");
      }
      dataLoss.forget();
    }
    requireSettled();
  }

  /* Rejects a result whose range starts before the data loss. The caller counts the samples in the
   * range, and would not notice that some are missing. */
  private void requireWindow(String expression, long timeMillis) {
    Matcher range = RANGE.matcher(expression);
    Instant from =
        Instant.ofEpochMilli(timeMillis)
            .minus(range.find() ? PromDuration.parse(range.group(1)) : Duration.ZERO);
    synchronized (this) {
      if (from.isBefore(dataLostAt)) {
        throw new QueryException(
            Kind.UNAVAILABLE,
            "the query needs samples from before " + dataLostAt + ", which the engine has lost");
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

  private synchronized boolean hasSameSeries(String expression, int series) {
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
