package io.pharos.tsdb;

import io.pharos.model.LabelMatcher;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The last selections of the head, so that a rule pays for matching and sorting only when series
/// come or go. Bounded by the series that it holds, least recently used first.
final class SelectionCache {
  private static final int MAX_SERIES = 4_000_000;
  private static final int MAX_ENTRIES = 4_096;

  private record Entry(long generation, List<HeadSeries> series) {}

  private final LinkedHashMap<List<LabelMatcher>, Entry> entries =
      new LinkedHashMap<>(64, 0.75f, true);
  private long held;

  synchronized @Nullable List<HeadSeries> get(List<LabelMatcher> matchers, long generation) {
    Entry entry = entries.get(matchers);
    return entry != null && entry.generation == generation ? entry.series : null;
  }

  synchronized void put(List<LabelMatcher> matchers, long generation, List<HeadSeries> series) {
    Entry before = entries.put(List.copyOf(matchers), new Entry(generation, series));
    held += series.size() - (before == null ? 0 : before.series.size());
    while (held > MAX_SERIES || entries.size() > MAX_ENTRIES) {
      held -= entries.pollFirstEntry().getValue().series.size();
    }
  }

  /// Forgets everything, so that series that left memory are not held by it.
  synchronized void clear() {
    entries.clear();
    held = 0;
  }
}
