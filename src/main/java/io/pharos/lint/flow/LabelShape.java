package io.pharos.lint.flow;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/// The known facts about the labels of an expression's series, except the metric name.
///
/// @param closed whether the series can only have labels in `possible`
/// @param possible if closed, all labels that may occur
/// @param closedBy if closed, the operation that removed the other labels
/// @param gone if not closed, labels that can't occur, with the operation that removed each
/// @param sure labels that every series has
/// @param likely labels that scraped series have unless relabelling removes them
/// @param fixed labels that have the same value on every series
public record LabelShape(
    boolean closed,
    Set<String> possible,
    String closedBy,
    Map<String, String> gone,
    Set<String> sure,
    Set<String> likely,
    Map<String, String> fixed) {
  /// Nothing is known.
  public static final LabelShape OPEN =
      new LabelShape(false, Set.of(), "", Map.of(), Set.of(), Set.of(), Map.of());

  public LabelShape {
    possible = Set.copyOf(possible);
    gone = Map.copyOf(gone);
    sure = Set.copyOf(sure);
    likely = Set.copyOf(likely);
    fixed = Map.copyOf(fixed);
  }

  /// Returns the shape of series without labels.
  ///
  /// @param operation description of the operation that removed all labels
  public static LabelShape none(String operation) {
    return OPEN.keep(Set.of(), operation);
  }

  /// Returns whether series may have a label.
  public boolean canHave(String label) {
    return closed ? possible.contains(label) : !gone.containsKey(label);
  }

  /// Returns the operation that removed a label which can't occur.
  public String takenBy(String label) {
    return closed ? closedBy : gone.getOrDefault(label, "");
  }

  /// Returns the shape after an operation that keeps only these labels.
  public LabelShape keep(Collection<String> labels, String operation) {
    var left = new HashSet<String>();
    for (String label : labels) {
      if (canHave(label)) {
        left.add(label);
      }
    }
    // A label that was already removed remains attributed to the first operation that removed it.
    boolean lessThanBefore = !closed || !left.containsAll(possible);
    return new LabelShape(
        true,
        left,
        lessThanBefore ? operation : closedBy,
        Map.of(),
        common(sure, left),
        common(likely, left),
        only(fixed, left));
  }

  /// Returns the shape after an operation that removes these labels.
  public LabelShape drop(Collection<String> labels, String operation) {
    if (labels.isEmpty()) {
      return this;
    }
    var missing = new HashMap<>(gone);
    if (!closed) {
      labels.forEach(label -> missing.putIfAbsent(label, operation));
    }
    boolean lessThanBefore = labels.stream().anyMatch(possible::contains);
    return new LabelShape(
        closed,
        without(possible, labels),
        lessThanBefore ? operation : closedBy,
        missing,
        without(sure, labels),
        without(likely, labels),
        only(fixed, without(fixed.keySet(), labels)));
  }

  /// Returns the shape after an operation that may add a label with any value.
  public LabelShape add(String label) {
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

  /// Returns the shape after an operation that sets a label on every series.
  public LabelShape addSure(String label) {
    LabelShape with = add(label);
    var surely = new HashSet<>(with.sure);
    surely.add(label);
    return new LabelShape(
        with.closed, with.possible, with.closedBy, with.gone, surely, with.likely, with.fixed);
  }

  /// Returns the shape after an operation that sets a label to one value on every series.
  public LabelShape addFixed(String label, String value) {
    LabelShape with = addSure(label);
    var values = new HashMap<>(with.fixed);
    values.put(label, value);
    return new LabelShape(
        with.closed, with.possible, with.closedBy, with.gone, with.sure, with.likely, values);
  }

  /// Returns the shape with these labels as the likely ones.
  public LabelShape withLikely(Set<String> labels) {
    return new LabelShape(closed, possible, closedBy, gone, sure, labels, fixed);
  }

  /// Returns the shape of a vector with the series of both vectors.
  public LabelShape or(LabelShape other) {
    var missing = new HashMap<String, String>();
    var all = new HashSet<String>();
    if (closed && other.closed) {
      all.addAll(possible);
      all.addAll(other.possible);
    } else {
      LabelShape open = closed ? other : this;
      open.gone.forEach(
          (label, operation) -> {
            if (!canHave(label) && !other.canHave(label)) {
              missing.put(label, operation);
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

  /// Returns the possible labels of a closed shape, for a message.
  public String listed() {
    return possible.isEmpty() ? "no labels" : "only " + String.join(", ", new TreeSet<>(possible));
  }

  private static Set<String> common(Set<String> one, Set<String> other) {
    var intersection = new HashSet<>(one);
    intersection.retainAll(other);
    return intersection;
  }

  private static Set<String> without(Set<String> labels, Collection<String> removed) {
    var left = new HashSet<>(labels);
    left.removeAll(removed);
    return left;
  }

  private static Map<String, String> only(Map<String, String> map, Set<String> keys) {
    var left = new HashMap<>(map);
    left.keySet().retainAll(keys);
    return left;
  }
}
