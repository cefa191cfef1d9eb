package io.pharos.rules.gap;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.storage.Appender;
import io.pharos.storage.InMemoryStorage;
import io.pharos.storage.Queryable;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// Computes recorded series from assumed samples, because the stored ones were computed from
/// windows with gaps. For one query.
final class RecomputedSeries {
  /// Maximum number of evaluations of recording rules for one query: twenty selections of the
  /// lookback of 5 minutes at a usual interval of 15 seconds; ProbeFailing has nine. Beyond it the
  /// stored series are used.
  private static final int MAX_STEPS = 400;

  private final Recordings recordings;
  private final Supplier<Evaluator> assumed;
  private final Queryable store;

  /* Metrics that are being computed. */
  private final Set<String> open = new HashSet<>();

  /* Metrics whose rules read the series that they record. These can't be computed anew: a step
   * would read its own stored result, which was recorded from the one before. */
  private final Set<String> readThemselves = new HashSet<>();

  private long stepsLeft = MAX_STEPS;

  /// @param assumed evaluates expressions over the assumed samples
  /// @param store has the stored series
  RecomputedSeries(Recordings recordings, Supplier<Evaluator> assumed, Queryable store) {
    this.recordings = recordings;
    this.assumed = assumed;
    this.store = store;
  }

  /// Selects recorded series; returns empty if no rule records them, or if they can't be computed.
  ///
  /// @param wrongFrom time in Unix milliseconds from which the stored series may be wrong
  /// @param toMillis end of the selection, at most the current time
  Optional<SeriesSet> select(
      List<LabelMatcher> matchers, long wrongFrom, long fromMillis, long toMillis) {
    String metric = metric(matchers).orElse("");
    List<Recordings.Recording> rules = recordings.named(metric);
    if (open.contains(metric)) {
      readThemselves.add(metric);
    }
    long from = Math.max(wrongFrom, fromMillis);
    if (rules.isEmpty()
        || readThemselves.contains(metric)
        || steps(rules, from, toMillis) > stepsLeft) {
      return Optional.empty();
    }
    open.add(metric);
    stepsLeft -= steps(rules, from, toMillis);
    try {
      var series = new InMemoryStorage();
      copyStored(matchers, fromMillis, from - 1, series);
      for (Recordings.Recording rule : rules) {
        compute(rule, from, toMillis, series);
      }
      if (readThemselves.contains(metric)) {
        return Optional.empty();
      }
      return Optional.of(series.select(matchers, fromMillis, toMillis));
    } finally {
      open.remove(metric);
    }
  }

  private static long steps(List<Recordings.Recording> rules, long from, long toMillis) {
    return rules.stream()
        .mapToLong(rule -> Math.max(0, toMillis - from) / rule.intervalMillis() + 1)
        .sum();
  }

  private static Optional<String> metric(List<LabelMatcher> matchers) {
    return matchers.stream()
        .filter(
            matcher ->
                matcher.name().equals(Labels.METRIC_NAME)
                    && matcher.type() == LabelMatcher.Type.EQUAL)
        .map(LabelMatcher::value)
        .findFirst();
  }

  /* The copied series end with a marker, after which computed samples may follow. */
  private void copyStored(
      List<LabelMatcher> matchers, long fromMillis, long toMillis, InMemoryStorage to) {
    if (fromMillis > toMillis) {
      return;
    }
    SeriesSet stored = store.select(matchers, fromMillis, toMillis);
    var window = new SampleWindow();
    try (Appender appender = to.appender()) {
      for (int i = 0; i < stored.size(); i++) {
        window.clear();
        stored.read(i, fromMillis, toMillis, window);
        for (int j = 0; j < window.size(); j++) {
          appender.append(
              stored.labels(i), window.timestamp(j), window.value(j), window.histogram(j));
        }
        if (window.size() > 0 && window.timestamp(window.size() - 1) < toMillis) {
          appender.append(stored.labels(i), toMillis, StaleMarker.VALUE);
        }
      }
      appender.commit();
    }
  }

  private void compute(Recordings.Recording rule, long from, long toMillis, InMemoryStorage to) {
    long first = rule.firstAt(from);
    if (first > toMillis) {
      return;
    }
    var steps = new Query.Steps(first, toMillis, Duration.ofMillis(rule.intervalMillis()));
    var query = new Query(rule.text(), Optional.of(rule.tree()), steps, Optional.empty());
    if (!(assumed.get().evaluate(query).value() instanceof RangeMatrix matrix)) {
      return;
    }
    try (Appender appender = to.appender()) {
      for (RangeMatrix.Series series : matrix.series()) {
        Labels recorded = rule.recorded(series.labels());
        for (int i = 0; i < series.size(); i++) {
          long at = series.timestamps()[i];
          appender.append(recorded, at, series.values()[i], series.histogram(i));
          long next = at + rule.intervalMillis();
          if (next <= toMillis && (i + 1 == series.size() || series.timestamps()[i + 1] > next)) {
            appender.append(recorded, next, StaleMarker.VALUE);
          }
        }
      }
      appender.commit();
    }
  }
}
