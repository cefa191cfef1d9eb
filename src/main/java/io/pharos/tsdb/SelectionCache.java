package io.pharos.tsdb;

import static java.util.Objects.requireNonNull;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Caches the last selections of the head. An entry is removed when a new series satisfies its
/// matchers; all entries are removed when a series leaves the head. The total weight is limited;
/// the least recently used entries are removed first. The weight of an entry is the number of its
/// series plus half the number of characters in its matchers. Selections with extremely long
/// matchers are not cached.
final class SelectionCache {
  private static final int MAX_WEIGHT = 4_000_000;
  private static final int MAX_MATCHER_CHARS = 100_000;
  private static final int MAX_ENTRIES = 4_096;

  /* Checking one entry against a new series takes less than a microsecond for usual matchers, and
   * commits wait for it. This number of checks delays a commit by about ten milliseconds at most;
   * if more checks are needed, the whole cache is cleared. */
  private static final int MAX_CHECKS = 20_000;

  /// Key of the entries whose matchers name no metric.
  private static final String ANY_METRIC = "";

  private record Entry(
      List<LabelMatcher> matchers, Head.Selected selected, long weight, String metric) {
    private boolean selects(Labels labels) {
      for (LabelMatcher matcher : matchers) {
        if (!matcher.matches(labels.get(matcher.name()))) {
          return false;
        }
      }
      return true;
    }
  }

  private final LinkedHashMap<List<LabelMatcher>, Entry> entries =
      new LinkedHashMap<>(64, 0.75f, true);
  private final Map<String, Set<Entry>> byMetric = new HashMap<>();
  private long totalWeight;

  /// The cached selection, or null.
  synchronized Head.@Nullable Selected get(List<LabelMatcher> matchers) {
    Entry entry = entries.get(matchers);
    return entry == null ? null : entry.selected;
  }

  /// Caches a selection if the head's generation has not changed. `generation` supplies the head's
  /// current generation, which changes before [#added] and [#clear] are called.
  synchronized void put(
      List<LabelMatcher> matchers, Head.Selected selected, LongSupplier generation) {
    long chars = 0;
    for (LabelMatcher matcher : matchers) {
      chars += matcher.name().length() + matcher.value().length();
    }
    if (chars > MAX_MATCHER_CHARS || generation.getAsLong() != selected.generation()) {
      return;
    }
    String metric =
        matchers.stream()
            .filter(it -> it.type() == LabelMatcher.Type.EQUAL)
            .filter(it -> it.name().equals(Labels.METRIC_NAME))
            .map(LabelMatcher::value)
            .findFirst()
            .orElse(ANY_METRIC);
    long weight = selected.series().size() + chars / 2;
    var entry = new Entry(List.copyOf(matchers), selected, weight, metric);
    Entry before = entries.put(entry.matchers, entry);
    if (before != null) {
      forget(before);
    }
    totalWeight += entry.weight;
    byMetric
        .computeIfAbsent(entry.metric, _ -> Collections.newSetFromMap(new IdentityHashMap<>(1)))
        .add(entry);
    while (totalWeight > MAX_WEIGHT || entries.size() > MAX_ENTRIES) {
      forget(entries.pollFirstEntry().getValue());
    }
  }

  private void forget(Entry entry) {
    totalWeight -= entry.weight;
    Set<Entry> others =
        requireNonNull(
            byMetric.get(entry.metric), "a cached entry is missing from the index by metric");
    others.remove(entry);
    if (others.isEmpty()) {
      byMetric.remove(entry.metric);
    }
  }

  /// Removes the selections that would contain one of these new series.
  synchronized void added(Collection<HeadSeries> series) {
    int checks = 0;
    for (HeadSeries one : series) {
      for (String metric : List.of(one.labels().metricName(), ANY_METRIC)) {
        Set<Entry> candidates = byMetric.getOrDefault(metric, Set.of());
        checks += candidates.size();
        if (checks > MAX_CHECKS) {
          clear();
          return;
        }
        for (Entry entry : List.copyOf(candidates)) {
          if (entry.selects(one.labels())) {
            entries.remove(entry.matchers);
            forget(entry);
          }
        }
      }
    }
  }

  /// Removes all entries, so that the cache does not keep removed series in memory.
  synchronized void clear() {
    entries.clear();
    byMetric.clear();
    totalWeight = 0;
  }
}
