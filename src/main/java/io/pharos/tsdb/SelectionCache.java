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

/// The last selections of the head, so that a rule pays for matching and sorting only when series
/// come that it would select, or any go. Bounded by what it holds, least recently used first: a
/// reference to a series counts one, as do two characters of a matcher, and a selection whose
/// matchers are longer than anybody writes is not kept.
final class SelectionCache {
  private static final int MAX_HELD = 4_000_000;
  private static final int MAX_MATCHER_CHARS = 100_000;
  private static final int MAX_ENTRIES = 4_096;

  /* A look takes less than a microsecond unless a matcher is unusual, and commits wait meanwhile:
   * so series that come cost some ten milliseconds at most, then all is forgotten. */
  private static final int MAX_LOOKS = 20_000;

  /// Under which those are kept that name no metric.
  private static final String ANY = "";

  private static final class Entry {
    private final List<LabelMatcher> matchers;
    private final Head.Selected selected;
    private final long weight;
    private final String metric;

    private Entry(List<LabelMatcher> matchers, Head.Selected selected, long weight) {
      this.matchers = matchers;
      this.selected = selected;
      this.weight = weight;
      this.metric =
          matchers.stream()
              .filter(it -> it.type() == LabelMatcher.Type.EQUAL)
              .filter(it -> it.name().equals(Labels.METRIC_NAME))
              .map(LabelMatcher::value)
              .findFirst()
              .orElse(ANY);
    }

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
  private long held;

  synchronized Head.@Nullable Selected get(List<LabelMatcher> matchers) {
    Entry entry = entries.get(matchers);
    return entry == null ? null : entry.selected;
  }

  /// Keeps a selection if the head is still at its generation.
  ///
  /// @param generation the head's, which [#added] and [#clear] are called after a change of
  synchronized void put(
      List<LabelMatcher> matchers, Head.Selected selected, LongSupplier generation) {
    long chars = 0;
    for (LabelMatcher matcher : matchers) {
      chars += matcher.name().length() + matcher.value().length();
    }
    if (chars > MAX_MATCHER_CHARS || generation.getAsLong() != selected.generation()) {
      return;
    }
    var entry = new Entry(List.copyOf(matchers), selected, selected.series().size() + chars / 2);
    Entry before = entries.put(entry.matchers, entry);
    if (before != null) {
      forget(before);
    }
    held += entry.weight;
    byMetric
        .computeIfAbsent(entry.metric, _ -> Collections.newSetFromMap(new IdentityHashMap<>(1)))
        .add(entry);
    while (held > MAX_HELD || entries.size() > MAX_ENTRIES) {
      forget(entries.pollFirstEntry().getValue());
    }
  }

  private void forget(Entry entry) {
    held -= entry.weight;
    Set<Entry> others = requireNonNull(byMetric.get(entry.metric), "an entry of no metric");
    others.remove(entry);
    if (others.isEmpty()) {
      byMetric.remove(entry.metric);
    }
  }

  /// Forgets the selections that these series belong to, which they lack.
  synchronized void added(Collection<HeadSeries> series) {
    int looks = 0;
    for (HeadSeries one : series) {
      for (String metric : List.of(one.labels().metricName(), ANY)) {
        Set<Entry> candidates = byMetric.getOrDefault(metric, Set.of());
        looks += candidates.size();
        if (looks > MAX_LOOKS) {
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

  /// Forgets everything, so that series that left memory are not held by it.
  synchronized void clear() {
    entries.clear();
    byMetric.clear();
    held = 0;
  }
}
