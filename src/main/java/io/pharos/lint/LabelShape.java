package io.pharos.lint;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/// What an expression tells of the labels of its series, the metric's name aside.
///
/// @param closed whether the series have no labels but the `possible` ones
/// @param possible where closed, the labels that there can be
/// @param closedBy where closed, what took the others away
/// @param gone where not closed, the labels that there can't be, each with what took it away
/// @param sure labels that every series has
/// @param likely labels that scraped series have unless somebody went out of their way
/// @param fixed labels that have one value on every series
record LabelShape(
    boolean closed,
    Set<String> possible,
    String closedBy,
    Map<String, String> gone,
    Set<String> sure,
    Set<String> likely,
    Map<String, String> fixed) {
  /// Nothing is known.
  static final LabelShape OPEN =
      new LabelShape(false, Set.of(), "", Map.of(), Set.of(), Set.of(), Map.of());

  LabelShape {
    possible = Set.copyOf(possible);
    gone = Map.copyOf(gone);
    sure = Set.copyOf(sure);
    likely = Set.copyOf(likely);
    fixed = Map.copyOf(fixed);
  }

  /// Series with no labels at all.
  static LabelShape none(String by) {
    return OPEN.keep(Set.of(), by);
  }

  boolean canHave(String label) {
    return closed ? possible.contains(label) : !gone.containsKey(label);
  }

  /// What took a label away that there can't be.
  String takenBy(String label) {
    return closed ? closedBy : gone.getOrDefault(label, "");
  }

  /// Only these labels are left, as far as there were any.
  LabelShape keep(Collection<String> labels, String by) {
    var left = new HashSet<String>();
    for (String label : labels) {
      if (canHave(label)) {
        left.add(label);
      }
    }
    // A label that was taken away before was so by whoever did it first.
    boolean lessThanBefore = !closed || !left.containsAll(possible);
    return new LabelShape(
        true,
        left,
        lessThanBefore ? by : closedBy,
        Map.of(),
        common(sure, left),
        common(likely, left),
        only(fixed, left));
  }

  /// These labels are taken away.
  LabelShape drop(Collection<String> labels, String by) {
    if (labels.isEmpty()) {
      return this;
    }
    var missing = new HashMap<>(gone);
    if (!closed) {
      labels.forEach(label -> missing.putIfAbsent(label, by));
    }
    boolean lessThanBefore = labels.stream().anyMatch(possible::contains);
    return new LabelShape(
        closed,
        without(possible, labels),
        lessThanBefore ? by : closedBy,
        missing,
        without(sure, labels),
        without(likely, labels),
        only(fixed, without(fixed.keySet(), labels)));
  }

  /// A label may be there now that may not have been before, with any value.
  LabelShape add(String label) {
    var with = new HashSet<>(possible);
    if (closed) {
      with.add(label);
    }
    return new LabelShape(
        closed,
        with,
        closedBy,
        only(gone, without(gone.keySet(), Set.of(label))),
        without(sure, Set.of(label)),
        without(likely, Set.of(label)),
        only(fixed, without(fixed.keySet(), Set.of(label))));
  }

  /// A label is there on every series.
  LabelShape addSure(String label) {
    LabelShape with = add(label);
    var surely = new HashSet<>(with.sure);
    surely.add(label);
    return new LabelShape(
        with.closed, with.possible, with.closedBy, with.gone, surely, with.likely, with.fixed);
  }

  /// A label is there on every series, with this value.
  LabelShape addFixed(String label, String value) {
    LabelShape with = addSure(label);
    var values = new HashMap<>(with.fixed);
    values.put(label, value);
    return new LabelShape(
        with.closed, with.possible, with.closedBy, with.gone, with.sure, with.likely, values);
  }

  LabelShape withLikely(Set<String> labels) {
    return new LabelShape(closed, possible, closedBy, gone, sure, labels, fixed);
  }

  /// The series of both.
  LabelShape or(LabelShape other) {
    var missing = new HashMap<String, String>();
    var all = new HashSet<String>();
    if (closed && other.closed) {
      all.addAll(possible);
      all.addAll(other.possible);
    } else {
      LabelShape open = closed ? other : this;
      open.gone.forEach(
          (label, by) -> {
            if (!canHave(label) && !other.canHave(label)) {
              missing.put(label, by);
            }
          });
    }
    var values = new HashMap<String, String>();
    fixed.forEach(
        (label, value) -> {
          if (Objects.equals(other.fixed.get(label), value)) {
            values.put(label, value);
          }
        });
    return new LabelShape(
        closed && other.closed,
        all,
        closedBy,
        missing,
        common(sure, other.sure),
        common(likely, other.likely),
        values);
  }

  /// The labels that a closed shape can have, for a message.
  String listed() {
    return possible.isEmpty() ? "no labels" : "only " + String.join(", ", new TreeSet<>(possible));
  }

  private static Set<String> common(Set<String> one, Set<String> other) {
    var both = new HashSet<>(one);
    both.retainAll(other);
    return both;
  }

  private static Set<String> without(Set<String> labels, Collection<String> taken) {
    var left = new HashSet<>(labels);
    left.removeAll(taken);
    return left;
  }

  private static Map<String, String> only(Map<String, String> map, Set<String> keys) {
    var left = new HashMap<>(map);
    left.keySet().retainAll(keys);
    return left;
  }
}
