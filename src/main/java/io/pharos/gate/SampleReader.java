package io.pharos.gate;

import io.pharos.model.Labels;
import io.pharos.model.PromDuration;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.RangeMatrix;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The raw samples of selectors around a deployment. Every method throws [QueryException] when
/// there is no whole answer.
///
/// @param since when the deployment started, as far as the gate looks back
record SampleReader(Evaluator evaluator, Instant since, Instant now) {
  /// How far before the deployment a counter's last value is looked for.
  private static final Duration LOOKBACK = Duration.ofMinutes(5);

  /// How far into the future samples are looked for, so that a clock ahead is seen as such and not
  /// as missing data.
  private static final Duration LOOKAHEAD = Duration.ofMinutes(1);

  /// For so long after its last sample a series that has not ended is there: engines look back for
  /// five minutes.
  private static final Duration REACH = Duration.ofMinutes(4);

  /// The most series that one selector may match.
  private static final int MAX_SERIES = 10_000;

  /// One series.
  ///
  /// @param gone whether a staleness marker ended it; the samples do not show it
  record Series(RangeMatrix.Series samples, boolean gone) {
    Labels labels() {
      return samples.labels();
    }

    long[] times() {
      return samples.timestamps();
    }

    double[] values() {
      return samples.values();
    }
  }

  List<Series> read(String selector) {
    List<RangeMatrix.Series> all = raw(selector);
    if (all.isEmpty()) {
      return List.of();
    }
    Set<Labels> live = live(selector);
    long reach = now.minus(REACH).toEpochMilli();
    var found = new ArrayList<Series>();
    for (RangeMatrix.Series series : all) {
      boolean gone =
          series.timestamps()[series.size() - 1] > reach
              && !live.contains(nameless(series.labels()));
      RangeMatrix.Series samples = gone ? withoutMarker(series) : series;
      if (samples.size() > 0) {
        found.add(new Series(samples, gone));
      }
    }
    return List.copyOf(found);
  }

  /* VictoriaMetrics gives the marker that ends a series as a sample, as a NaN like any other. */
  private static RangeMatrix.Series withoutMarker(RangeMatrix.Series series) {
    int size = series.size();
    while (size > 0 && Double.isNaN(series.values()[size - 1])) {
      size--;
    }
    return size == series.size()
        ? series
        : new RangeMatrix.Series(
            series.labels(),
            Arrays.copyOf(series.timestamps(), size),
            Arrays.copyOf(series.values(), size));
  }

  /// The samples alone, where it does not matter whether they go on.
  List<RangeMatrix.Series> raw(String selector) {
    String expression = query(selector, since, now);
    var value = evaluator.instant(expression, atMillis()).value();
    if (!(value instanceof RangeMatrix matrix)) {
      throw new QueryException(
          QueryException.Kind.EXECUTION,
          expression + " is a " + value.typeName() + ", expected a matrix");
    }
    if (matrix.series().size() > MAX_SERIES) {
      throw new QueryException(
          QueryException.Kind.EXECUTION,
          expression
              + " has "
              + matrix.series().size()
              + " series, expected at most "
              + MAX_SERIES);
    }
    return matrix.series();
  }

  private Set<Labels> live(String selector) {
    var value = evaluator.instant(selector, atMillis()).value();
    if (!(value instanceof InstantVector vector)) {
      throw new QueryException(
          QueryException.Kind.EXECUTION,
          selector + " is a " + value.typeName() + ", expected a vector");
    }
    var live = new HashSet<Labels>();
    for (int i = 0; i < vector.size(); i++) {
      live.add(nameless(vector.labels(i)));
    }
    return live;
  }

  /* Some engines give the name back with a range, some do not. */
  private static Labels nameless(Labels labels) {
    return labels.toBuilder().remove(Labels.METRIC_NAME).build();
  }

  private long atMillis() {
    return now.plus(LOOKAHEAD).toEpochMilli();
  }

  /// The expression that a selector's raw samples are read with.
  static String query(String selector, Instant since, Instant now) {
    long window = now.plus(LOOKAHEAD).toEpochMilli() - since.minus(LOOKBACK).toEpochMilli();
    return selector + "[" + PromDuration.format(Math.max(1, window)) + "]";
  }
}
