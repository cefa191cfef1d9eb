package io.pharos.tsdb;

import io.pharos.model.LabelMatcher;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The last selections of the head, so that a rule pays for matching and sorting only when series
/// come or go. Bounded by what it holds, least recently used first: a reference to a series counts
/// one, as do two characters of a matcher, and a selection whose matchers are longer than anybody
/// writes is not kept.
final class SelectionCache {
  private static final int MAX_HELD = 4_000_000;
  private static final int MAX_MATCHER_CHARS = 100_000;
  private static final int MAX_ENTRIES = 4_096;

  private record Entry(long generation, List<HeadSeries> series, long weight) {}

  private final LinkedHashMap<List<LabelMatcher>, Entry> entries =
      new LinkedHashMap<>(64, 0.75f, true);
  private long held;

  synchronized @Nullable List<HeadSeries> get(List<LabelMatcher> matchers, long generation) {
    Entry entry = entries.get(matchers);
    return entry != null && entry.generation == generation ? entry.series : null;
  }

  synchronized void put(List<LabelMatcher> matchers, long generation, List<HeadSeries> series) {
    long chars = 0;
    for (LabelMatcher matcher : matchers) {
      chars += matcher.name().length() + matcher.value().length();
    }
    if (chars > MAX_MATCHER_CHARS) {
      return;
    }
    var entry = new Entry(generation, series, series.size() + chars / 2);
    Entry before = entries.put(List.copyOf(matchers), entry);
    held += entry.weight - (before == null ? 0 : before.weight);
    while (held > MAX_HELD || entries.size() > MAX_ENTRIES) {
      held -= entries.pollFirstEntry().getValue().weight;
    }
  }

  /// Forgets everything, so that series that left memory are not held by it.
  synchronized void clear() {
    entries.clear();
    held = 0;
  }
}
