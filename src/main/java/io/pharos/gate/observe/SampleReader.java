package io.pharos.gate.observe;

import io.pharos.gate.judge.Observation;
import io.pharos.model.Labels;
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

/// Reads the raw samples of selectors around a deployment. Every method throws [QueryException]
/// when the answer is incomplete.
///
/// @param since start of the deployment, or the earliest time that the gate considers
record SampleReader(Evaluator evaluator, Instant since, Instant now) {
  /// If the newest sample of a series is younger than this, but an instant query does not return
  /// the series, a staleness marker has ended it: engines look back five minutes.
  private static final Duration LOOKBACK = Duration.ofMinutes(4);

  /// Maximum number of series that one selector may match.
  private static final int MAX_SERIES = 10_000;

  /// One series.
  ///
  /// @param gone whether a staleness marker ended it; the samples do not contain the marker
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

  /// Reads the samples of a selector, and whether each series has ended.
  List<Series> read(String selector) {
    List<RangeMatrix.Series> rawSeries = raw(selector);
    if (rawSeries.isEmpty()) {
      return List.of();
    }
    Set<Labels> live = live(selector);
    long oldestDecidable = now.minus(LOOKBACK).toEpochMilli();
    var found = new ArrayList<Series>();
    for (RangeMatrix.Series series : rawSeries) {
      boolean gone =
          series.timestamps()[series.size() - 1] > oldestDecidable
              && !live.contains(nameless(series.labels()));
      RangeMatrix.Series samples = gone ? withoutMarker(series) : series;
      if (samples.size() > 0) {
        found.add(new Series(samples, gone));
      }
    }
    return List.copyOf(found);
  }

  /* VictoriaMetrics returns a staleness marker as an ordinary NaN. */
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

  /// Reads the samples without checking whether the series have ended.
  List<RangeMatrix.Series> raw(String selector) {
    String expression = Observation.rangeQuery(selector, since, now);
    var value = evaluator.instant(expression, atMillis()).value();
    if (!(value instanceof RangeMatrix matrix)) {
      throw new QueryException(
          QueryException.Kind.EXECUTION,
          "expected a matrix as the result of " + expression + ", found " + value.typeName());
    }
    if (matrix.series().size() > MAX_SERIES) {
      throw new QueryException(
          QueryException.Kind.EXECUTION,
          "%s selects %s series, expected at most %s"
              .formatted(expression, matrix.series().size(), MAX_SERIES));
    }
    return matrix.series();
  }

  private Set<Labels> live(String selector) {
    var value = evaluator.instant(selector, atMillis()).value();
    if (!(value instanceof InstantVector vector)) {
      throw new QueryException(
          QueryException.Kind.EXECUTION,
          "expected a vector as the result of " + selector + ", found " + value.typeName());
    }
    var live = new HashSet<Labels>();
    for (int i = 0; i < vector.size(); i++) {
      live.add(nameless(vector.labels(i)));
    }
    return live;
  }

  /* Some engines return the metric name for a range selector, others do not. */
  private static Labels nameless(Labels labels) {
    return labels.toBuilder().remove(Labels.METRIC_NAME).build();
  }

  private long atMillis() {
    return now.plus(Observation.LOOKAHEAD).toEpochMilli();
  }
}
