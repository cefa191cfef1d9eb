package io.pharos.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// An index of items that have matchers. The items are indexed by the label that distinguishes them
/// best; their order is kept.
public final class MatcherIndex<T> {
  /* A tree with hundreds of routes has children like team="a", team="b"; fifty inhibition rules
   * have alertname="x", alertname="y". One look-up finds the few items that may match. */
  private final String label;
  private final Map<String, List<T>> byValue = new HashMap<>();
  private final List<T> otherwise = new ArrayList<>();

  public MatcherIndex(List<T> things, Function<T, List<LabelMatcher>> matchers) {
    label = bestLabel(things, matchers);
    for (T thing : things) {
      Optional<String> value =
          matchers.apply(thing).stream()
              .filter(m -> m.type() == LabelMatcher.Type.EQUAL && m.name().equals(label))
              .map(LabelMatcher::value)
              .findFirst();
      if (value.isPresent()) {
        byValue.computeIfAbsent(value.get(), _ -> new ArrayList<>(otherwise)).add(thing);
      } else {
        otherwise.add(thing);
        byValue.values().forEach(list -> list.add(thing));
      }
    }
  }

  /// Returns the label with the most distinct values, or the empty string.
  private static <T> String bestLabel(List<T> things, Function<T, List<LabelMatcher>> matchers) {
    var values = new HashMap<String, Set<String>>();
    for (T thing : things) {
      for (LabelMatcher matcher : matchers.apply(thing)) {
        if (matcher.type() == LabelMatcher.Type.EQUAL) {
          values.computeIfAbsent(matcher.name(), _ -> new HashSet<>()).add(matcher.value());
        }
      }
    }
    return values.entrySet().stream()
        .max(
            Map.Entry.<String, Set<String>>comparingByValue(Comparator.comparingInt(Set::size))
                .thenComparing(Map.Entry.comparingByKey()))
        .map(Map.Entry::getKey)
        .orElse("");
  }

  /// Returns the items that may match, in order. It contains every item that matches, and perhaps
  /// others.
  public List<T> candidates(Labels labels) {
    return label.isEmpty() ? otherwise : byValue.getOrDefault(labels.get(label), otherwise);
  }
}
