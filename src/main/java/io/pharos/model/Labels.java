package io.pharos.model;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// An immutable set of label names and values, sorted by name. A label with an empty value equals a
/// missing label and is omitted.
///
/// Equality and order are determined by the sorted names and values. The hash is computed once.
public final class Labels implements Comparable<Labels> {
  /// Name of the label whose value is a series' metric name.
  public static final String METRIC_NAME = "__name__";

  private static final int MANY = 256;
  private static final Labels EMPTY = new Labels(new String[0]);

  /* Names and values alternate in one array. With one object and one array per label set, a head
   * with 10^5 series needs little memory. */
  private final String[] pairs;
  private final int hash;

  private Labels(String[] pairs) {
    this.pairs = pairs;
    this.hash = Arrays.hashCode(pairs);
  }

  /// Returns the empty set.
  public static Labels empty() {
    return EMPTY;
  }

  /// Creates a set from alternating names and values, in any order.
  ///
  /// @throws IllegalArgumentException if a value is missing, a name is empty or a name is repeated
  public static Labels of(String... namesAndValues) {
    if (namesAndValues.length % 2 != 0) {
      throw new IllegalArgumentException(
          "found " + namesAndValues.length + " names and values, expected a value for each name");
    }
    return ofPairs(namesAndValues.clone());
  }

  /// Creates a set from an array of alternating names and values, in any order. The caller must not
  /// use the array afterwards.
  private static Labels ofPairs(String[] pairs) {
    sort(pairs);
    int n = 0;
    for (int i = 0; i < pairs.length; i += 2) {
      if (pairs[i].isEmpty()) {
        throw new IllegalArgumentException("a label name must not be empty");
      }
      if (i > 0 && pairs[i].equals(pairs[i - 2])) {
        throw new IllegalArgumentException("the label name '" + pairs[i] + "' is given twice");
      }
      n += requireNonNull(pairs[i + 1], "label value is null").isEmpty() ? 0 : 2;
    }
    if (n == 0) {
      return EMPTY;
    }
    if (n == pairs.length) {
      return new Labels(pairs);
    }
    var kept = new String[n];
    int next = 0;
    for (int i = 0; i < pairs.length; i += 2) {
      if (!pairs[i + 1].isEmpty()) {
        kept[next++] = pairs[i];
        kept[next++] = pairs[i + 1];
      }
    }
    return new Labels(kept);
  }

  /// Sorts by insertion, because label sets are short and mostly sorted already. Sets with very
  /// many labels come from hostile pages; for these that would take too long.
  private static void sort(String[] pairs) {
    if (pairs.length > MANY) {
      List<String[]> sorted =
          IntStream.range(0, pairs.length / 2)
              .mapToObj(i -> new String[] {pairs[2 * i], pairs[2 * i + 1]})
              .sorted(Comparator.comparing(pair -> pair[0]))
              .toList();
      for (int i = 0; i < sorted.size(); i++) {
        System.arraycopy(sorted.get(i), 0, pairs, 2 * i, 2);
      }
      return;
    }
    for (int i = 2; i < pairs.length; i += 2) {
      String name = pairs[i];
      String value = pairs[i + 1];
      int target = i;
      while (target > 0 && pairs[target - 2].compareTo(name) > 0) {
        pairs[target] = pairs[target - 2];
        pairs[target + 1] = pairs[target - 1];
        target -= 2;
      }
      pairs[target] = name;
      pairs[target + 1] = value;
    }
  }

  /// Creates a set from the entries of a map.
  public static Labels of(Map<String, String> labels) {
    var pairs = new String[2 * labels.size()];
    int next = 0;
    for (Map.Entry<String, String> label : labels.entrySet()) {
      pairs[next++] = label.getKey();
      pairs[next++] = label.getValue();
    }
    return ofPairs(pairs);
  }

  /// Returns the number of labels.
  public int size() {
    return pairs.length / 2;
  }

  /// Whether there are no labels.
  public boolean isEmpty() {
    return pairs.length == 0;
  }

  /// Returns the name of the i-th label in name order.
  public String name(int i) {
    return pairs[2 * i];
  }

  /// Returns the value of the i-th label in name order.
  public String value(int i) {
    return pairs[2 * i + 1];
  }

  /// Returns the value of a label, or the empty string if the label is missing.
  public String get(String name) {
    for (int i = 0; i < pairs.length; i += 2) {
      if (pairs[i].equals(name)) {
        return pairs[i + 1];
      }
    }
    return "";
  }

  /// Whether the set has a label with this name.
  public boolean has(String name) {
    return !get(name).isEmpty();
  }

  /// Returns whether these have all labels of others, with the same values.
  public boolean hasAll(Labels others) {
    return only(others.names()).equals(others);
  }

  /// Returns whether the labels that both have are equal.
  public boolean agreesWith(Labels others) {
    for (int i = 0; i < pairs.length; i += 2) {
      String value = others.get(pairs[i]);
      if (!value.isEmpty() && !value.equals(pairs[i + 1])) {
        return false;
      }
    }
    return true;
  }

  /// Returns the metric name, or the empty string.
  public String metricName() {
    return get(METRIC_NAME);
  }

  /// Passes each name and value to an action, in name order.
  public void forEach(BiConsumer<String, String> action) {
    for (int i = 0; i < pairs.length; i += 2) {
      action.accept(pairs[i], pairs[i + 1]);
    }
  }

  /// Returns the labels whose names satisfy a condition.
  public Labels keep(Predicate<String> names) {
    int n = 0;
    for (int i = 0; i < pairs.length; i += 2) {
      if (names.test(pairs[i])) {
        n += 2;
      }
    }
    if (n == pairs.length) {
      return this;
    }
    if (n == 0) {
      return EMPTY;
    }
    var kept = new String[n];
    int next = 0;
    for (int i = 0; i < pairs.length; i += 2) {
      if (names.test(pairs[i])) {
        kept[next++] = pairs[i];
        kept[next++] = pairs[i + 1];
      }
    }
    return new Labels(kept);
  }

  /// Returns the labels with these names; missing names are ignored.
  public Labels only(Collection<String> names) {
    return keep(names::contains);
  }

  /// Returns the labels without these names.
  public Labels without(Collection<String> names) {
    return keep(name -> !names.contains(name));
  }

  /// Returns the labels without the metric name.
  public Labels withoutMetricName() {
    return keep(name -> !name.equals(METRIC_NAME));
  }

  /// Returns a copy in which one label is set, or removed if the value is empty.
  public Labels with(String name, String value) {
    return toBuilder().set(name, value).build();
  }

  /// Returns a new mutable map of names and values, in name order.
  public Map<String, String> toMap() {
    var map = new LinkedHashMap<String, String>();
    forEach(map::put);
    return map;
  }

  /// Returns the label names, in order.
  public List<String> names() {
    var names = new ArrayList<String>(size());
    forEach((name, _) -> names.add(name));
    return List.copyOf(names);
  }

  /// Returns a builder that contains these labels.
  public Builder toBuilder() {
    var builder = new Builder();
    forEach(builder::set);
    return builder;
  }

  /// Returns an empty builder.
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public int compareTo(Labels other) {
    int common = Math.min(pairs.length, other.pairs.length);
    for (int i = 0; i < common; i++) {
      int order = pairs[i].compareTo(other.pairs[i]);
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(pairs.length, other.pairs.length);
  }

  @Override
  public boolean equals(@Nullable Object object) {
    return object instanceof Labels other
        && hash == other.hash
        && Arrays.equals(pairs, other.pairs);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /// Returns PromQL's notation with the metric name as a label: `{__name__="up", job="a"}`.
  @Override
  public String toString() {
    var text = new StringBuilder("{");
    for (int i = 0; i < pairs.length; i += 2) {
      if (i > 0) {
        text.append(", ");
      }
      text.append(LabelName.isLegacy(pairs[i]) ? pairs[i] : Quoted.of(pairs[i]))
          .append('=')
          .append(Quoted.of(pairs[i + 1]));
    }
    return text.append('}').toString();
  }

  /// Collects labels. A later value replaces an earlier one with the same name; an empty value
  /// removes the label.
  public static final class Builder {
    private final TreeMap<String, String> labels = new TreeMap<>();

    private Builder() {}

    /// Sets a label, or removes it if the value is empty.
    public Builder set(String name, String value) {
      if (value.isEmpty()) {
        labels.remove(name);
      } else {
        labels.put(name, value);
      }
      return this;
    }

    /// Sets all labels of a set.
    public Builder setAll(Labels other) {
      other.forEach(this::set);
      return this;
    }

    /// Removes a label.
    public Builder remove(String name) {
      labels.remove(name);
      return this;
    }

    /// Returns the value of a label, or the empty string if it is not set.
    public String get(String name) {
      return labels.getOrDefault(name, "");
    }

    /// Returns a copy of the names, in order.
    public List<String> names() {
      return List.copyOf(labels.keySet());
    }

    /// Returns the labels as a set.
    ///
    /// @throws IllegalArgumentException if a name is empty
    public Labels build() {
      return of(labels);
    }
  }
}
