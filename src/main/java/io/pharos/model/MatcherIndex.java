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

/// An index of items that have matchers. Its key is the label for which the equality matchers of
/// the items require the most distinct values.
public final class MatcherIndex<T> {
  /* A tree with hundreds of routes has children like team="a", team="b"; fifty inhibition rules
   * have alertname="x", alertname="y". One look-up finds the few items that may match. */
  private final String label;
  private final List<T> items;
  private final Map<String, List<T>> byValue = new HashMap<>();

  /* Items without an equality matcher for the label. They may match any value. */
  private final List<T> unkeyed = new ArrayList<>();

  /// Creates an index.
  ///
  /// @param matchers returns the matchers of an item
  public MatcherIndex(List<T> items, Function<T, List<LabelMatcher>> matchers) {
    this.items = List.copyOf(items);
    label = bestLabel(items, matchers);
    for (T item : items) {
      Optional<String> value =
          matchers.apply(item).stream()
              .filter(m -> m.type() == LabelMatcher.Type.EQUAL && m.name().equals(label))
              .map(LabelMatcher::value)
              .findFirst();
      if (value.isPresent()) {
        byValue.computeIfAbsent(value.get(), _ -> new ArrayList<>(unkeyed)).add(item);
      } else {
        unkeyed.add(item);
        byValue.values().forEach(list -> list.add(item));
      }
    }
  }

  /// Returns the label with the most distinct values in equality matchers, or the empty string.
  private static <T> String bestLabel(List<T> items, Function<T, List<LabelMatcher>> matchers) {
    var values = new HashMap<String, Set<String>>();
    for (T item : items) {
      for (LabelMatcher matcher : matchers.apply(item)) {
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

  /// Returns all items, in their original order.
  public List<T> items() {
    return items;
  }

  /// Returns every item that matches, and perhaps others, in their original order.
  public List<T> candidates(Labels labels) {
    return label.isEmpty() ? unkeyed : byValue.getOrDefault(labels.get(label), unkeyed);
  }
}
