package io.pharos.rules.gap;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.promql.ast.Expr;
import io.pharos.storage.Queryable;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import io.pharos.trouble.ObservationGaps;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Finds the series that targets lost: they answer, but without series that they had before, for
/// example those of a broken GPU.
///
/// A series that is no longer needed, for example of a deleted queue, ends in the same way. So a
/// lost series counts only for [#HELD], and not if its target restarted, or if the metric got a
/// series with other labels in place of it.
final class LostSeries {
  /// Time after which a lost series counts as ended: that after which an alert is not restored
  /// after a restart either (`RuleOptions.outageTolerance`).
  static final Duration HELD = Duration.ofHours(1);

  private static final String REASON = "the target answers without it";
  private static final String START_TIME = "process_start_time_seconds";

  /* A new series replaces an old one if it began at most so long before the end of the old one: a
   * new pod starts before the old one ends. Equal to the default lookback of PromQL. */
  private static final long OVERLAP_MILLIS = 300_000;

  /* Each is compared with each selected series, as past gaps are. */
  private static final int MAX_LOST = 256;

  /* Selections of more series are not searched: reading their newest samples would take seconds. */
  private static final int MAX_SERIES = 10_000;

  private final Queryable store;
  private final Recordings recordings;
  private final Set<Labels> sources;
  private final List<ObservationGaps.Missing> failures;
  private final long now;
  private final List<ObservationGaps.Missing> found = new ArrayList<>();

  /// @param sources labels of the scraped targets without the name
  /// @param failures the times in which targets did not answer
  /// @param now Unix milliseconds
  LostSeries(
      Queryable store,
      Recordings recordings,
      Set<Labels> sources,
      List<ObservationGaps.Missing> failures,
      long now) {
    this.store = store;
    this.recordings = recordings;
    this.sources = sources;
    this.failures = failures;
    this.now = now;
  }

  /// Returns the lost series that an expression reads, directly or by recorded series.
  List<ObservationGaps.Missing> in(Expr expression) {
    search(expression, new HashSet<>());
    return found;
  }

  private void search(Expr expression, Set<String> seen) {
    for (Expr.VectorSelector selector : expression.selectors().toList()) {
      String metric = selector.equal(Labels.METRIC_NAME).orElse(selector.name());
      List<Recordings.Recording> rules = recordings.named(metric);
      if (rules.isEmpty()) {
        search(selector.matchers());
      } else if (seen.add(metric)) {
        rules.forEach(rule -> search(rule.tree(), seen));
      }
    }
  }

  private void search(List<LabelMatcher> matchers) {
    SeriesSet series = store.select(matchers, start(), now);
    if (series.size() > MAX_SERIES) {
      return;
    }
    var begun = new ArrayList<Begun>();
    var newest = new SampleWindow();
    for (int i = 0; i < series.size(); i++) {
      newest.clear();
      series.readNewest(i, now - HELD.toMillis(), now, newest);
      int last = newest.size() - 1;
      if (last >= 0 && Fill.isStale(newest, last) && found.size() < MAX_LOST) {
        if (begun.isEmpty()) {
          begun.addAll(begun(series));
        }
        addIfLost(series, i, newest.timestamp(last), begun);
      }
    }
  }

  private long start() {
    return now - HELD.toMillis() - 2 * OVERLAP_MILLIS;
  }

  /// When a series that exists began.
  private record Begun(Labels labels, long at) {}

  private List<Begun> begun(SeriesSet series) {
    var begun = new ArrayList<Begun>();
    var samples = new SampleWindow();
    for (int i = 0; i < series.size(); i++) {
      samples.clear();
      series.read(i, start(), now, samples);
      if (samples.size() > 0 && !Fill.isStale(samples, samples.size() - 1)) {
        begun.add(new Begun(series.labels(i), samples.timestamp(0)));
      }
    }
    return begun;
  }

  private void addIfLost(SeriesSet series, int i, long endedAt, List<Begun> begun) {
    Labels labels = series.labels(i);
    Optional<Labels> source = sources.stream().filter(labels::hasAll).findFirst();
    if (source.isEmpty()
        || isWrittenByRules(labels.get(Labels.METRIC_NAME))
        || failures.stream().anyMatch(it -> it.concerns(source.get()) && contains(it, endedAt))) {
      return;
    }
    var before = new SampleWindow();
    series.read(i, endedAt - OVERLAP_MILLIS, endedAt - 1, before);
    if (before.size() > 0
        && !hasRestarted(source.get(), endedAt)
        && begun.stream().noneMatch(it -> replaces(it, labels, source.get(), endedAt))) {
      long lastSample = before.timestamp(before.size() - 1);
      found.add(
          new ObservationGaps.Missing(
              labels.withoutMetricName(),
              lastSample,
              now,
              REASON,
              ObservationGaps.Step.NONE,
              true));
    }
  }

  /* Such a series ends when its rule says so. */
  private static boolean isWrittenByRules(String metric) {
    return metric.startsWith("ALERTS") || metric.contains(":");
  }

  private static boolean replaces(Begun begun, Labels ended, Labels source, long endedAt) {
    return begun.at >= endedAt - OVERLAP_MILLIS
        && begun.labels.get(Labels.METRIC_NAME).equals(ended.get(Labels.METRIC_NAME))
        && begun.labels.hasAll(source);
  }

  private static boolean contains(ObservationGaps.Missing failure, long at) {
    return at > failure.fromMillis() && at <= failure.toMillis();
  }

  /* Returns whether the process of the target is another one than before the end of the series. */
  private boolean hasRestarted(Labels source, long endedAt) {
    var matchers = new ArrayList<LabelMatcher>();
    matchers.add(LabelMatcher.equal(Labels.METRIC_NAME, START_TIME));
    source.forEach((name, value) -> matchers.add(LabelMatcher.equal(name, value)));
    SeriesSet started = store.select(matchers, endedAt - OVERLAP_MILLIS, now);
    for (int i = 0; i < started.size(); i++) {
      var times = new SampleWindow();
      started.read(i, endedAt - OVERLAP_MILLIS, now, times);
      double before = times.size() == 0 ? Double.NaN : times.value(0);
      for (int j = 1; j < times.size(); j++) {
        if (!Fill.isStale(times, j) && times.value(j) != before) {
          return true;
        }
      }
    }
    return false;
  }
}
