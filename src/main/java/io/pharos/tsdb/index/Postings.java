package io.pharos.tsdb.index;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// The series that share something, in the order in which they came. One thread writes at a time,
/// many read.
final class Postings<S> {
  private final String value;
  private final ArrayList<S> series = new ArrayList<>(1);

  Postings(String value) {
    this.value = value;
  }

  /// The label value that they share, in the one copy that they should share too.
  String value() {
    return value;
  }

  synchronized void add(S one) {
    series.add(one);
  }

  /// Removes what is gone; gives how many are left.
  synchronized int removeIf(Predicate<S> gone) {
    series.removeIf(gone);
    series.trimToSize();
    return series.size();
  }

  synchronized int size() {
    return series.size();
  }

  synchronized void addTo(List<S> target) {
    target.addAll(series);
  }
}
