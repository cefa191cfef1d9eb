package io.pharos.promql.engine.cache;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A queue of the counts before each reset of a counter in a window, oldest first.
final class Resets {
  /// A series with more resets is not a counter.
  static final int MOST = 256;

  private double[] before = new double[2];
  private int first;
  private int size;

  int size() {
    return size;
  }

  boolean isFull() {
    return size == MOST;
  }

  /// Adds a reset from this count.
  void add(double count) {
    if (first + size == before.length) {
      double[] next = size * 2 > before.length ? new double[before.length * 2] : before;
      System.arraycopy(before, first, next, 0, size);
      before = next;
      first = 0;
    }
    before[first + size++] = count;
  }

  /// Removes the oldest.
  void remove() {
    first++;
    size--;
  }

  /// Returns a change plus all counts before resets, added in order.
  static double added(double change, @Nullable Resets resets) {
    double sum = change;
    if (resets != null) {
      for (int i = 0; i < resets.size; i++) {
        sum += resets.before[resets.first + i];
      }
    }
    return sum;
  }

  @Override
  public String toString() {
    return Arrays.toString(Arrays.copyOfRange(before, first, first + size));
  }
}
