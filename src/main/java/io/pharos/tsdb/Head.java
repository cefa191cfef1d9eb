package io.pharos.tsdb;

import static java.util.Comparator.comparing;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.tsdb.index.LabelIndex;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The series in memory. They change under the store's commit lock; readers take no lock.
final class Head {
  /* A selection is repeated up to this number of times if the set of series changes meanwhile. */
  private static final int ATTEMPTS = 3;

  private final Map<Labels, HeadSeries> byLabels = new ConcurrentHashMap<>();
  final LabelIndex<HeadSeries> index = new LabelIndex<>();
  private final SelectionCache cache = new SelectionCache();
  private final TsdbMetrics metrics;
  /* Odd while the set of series changes, and even otherwise. If a reader sees the same even number
   * before and after it reads the set, the set did not change in between. */
  private volatile long generation;

  Head(TsdbMetrics metrics) {
    this.metrics = metrics;
    metrics.gauge(
        "prometheus_tsdb_head_series", "Series in memory.", byLabels, series -> series.size());
  }

  /// A selection of series in memory, sorted by labels.
  ///
  /// @param generation the head's generation during the selection, an even number; -1 if the set of
  ///   series changed during the selection
  record Selected(long generation, List<HeadSeries> series) {}

  /// Number of series.
  int size() {
    return byLabels.size();
  }

  /// The series with these labels, or null.
  @Nullable HeadSeries find(Labels labels) {
    return byLabels.get(labels);
  }

  /// Creates a series that is not in the head yet.
  HeadSeries detached(Labels labels) {
    return new HeadSeries(index.canonical(labels));
  }

  /// Returns the series with these labels, or a detached new one. A new series references the
  /// strings of `labels`, which should be shared with other series.
  HeadSeries findOrCreate(Labels labels) {
    HeadSeries found = find(labels);
    return found == null ? new HeadSeries(labels) : found;
  }

  /// Returns the head's series with the same labels as a series that a batch references. That
  /// series is possibly not in the head, because the batch created it or because it was removed
  /// meanwhile. Called under the commit lock.
  ///
  /// @param one the series that the batch references
  /// @param created new series by their labels; `one` is added if the head and this map have no
  ///   series with these labels
  HeadSeries resolve(HeadSeries one, Map<Labels, HeadSeries> created) {
    if (one.attached) {
      return one;
    }
    HeadSeries found = find(one.labels());
    return found == null ? created.computeIfAbsent(one.labels(), _ -> one) : found;
  }

  /// All series, in any order.
  Collection<HeadSeries> all() {
    return byLabels.values();
  }

  /// Unix milliseconds of the newest sample, or `Long.MIN_VALUE` without one.
  long maxTime() {
    return byLabels.values().stream().mapToLong(HeadSeries::lastTime).max().orElse(Long.MIN_VALUE);
  }

  Tsdb.HeadStats stats() {
    long minTime = Long.MAX_VALUE;
    var labels = new ArrayList<Labels>(byLabels.size());
    for (HeadSeries one : byLabels.values()) {
      minTime = Math.min(minTime, one.firstTime());
      labels.add(one.labels());
    }
    return new Tsdb.HeadStats(labels, metrics.chunks(), minTime, maxTime());
  }

  /// Adds series and makes them visible to queries. Called under the commit lock.
  void attach(Collection<HeadSeries> series) {
    change(
        () -> {
          for (HeadSeries one : series) {
            one.attached = true;
            if (one.share != null) {
              one.share.add(1);
            }
            byLabels.put(one.labels(), one);
            index.add(one);
          }
          cache.added(series);
        });
    metrics.seriesCreated.increment(series.size());
  }

  /// Removes series. Called under the commit lock.
  void detach(Collection<HeadSeries> series) {
    for (HeadSeries one : series) {
      HeadRow row = one.row;
      if (row != null) {
        row.dissolve();
      }
    }
    change(
        () -> {
          for (HeadSeries one : series) {
            one.attached = false;
            if (one.share != null) {
              one.share.add(-1);
            }
            byLabels.remove(one.labels());
          }
          index.removeAll(series);
          cache.clear();
        });
    metrics.seriesRemoved.increment(series.size());
  }

  private void change(Runnable change) {
    long before = generation;
    generation = before + 1;
    try {
      change.run();
    } finally {
      generation = before + 2;
    }
  }

  /// Selects the series that satisfy all matchers.
  Selected select(List<LabelMatcher> matchers) {
    Selected cached = cache.get(matchers);
    if (cached != null) {
      return cached;
    }
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      long before = generation;
      if (before % 2 == 0) {
        var found = new Selected(before, sorted(matchers));
        if (generation == before) {
          cache.put(matchers, found, () -> generation);
          return found;
        }
      }
    }
    return new Selected(-1, sorted(matchers));
  }

  private List<HeadSeries> sorted(List<LabelMatcher> matchers) {
    return index.select(matchers).stream().sorted(comparing(HeadSeries::labels)).toList();
  }
}
