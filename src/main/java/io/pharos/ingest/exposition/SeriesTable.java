package io.pharos.ingest.exposition;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A map from the raw texts of series to values. A lookup neither parses labels nor creates
/// objects. Not thread-safe.
///
/// @param <V> type of the values; each value contains the text of its series
public final class SeriesTable<V extends CachedText> {
  /* Open addressing with linear probing; the capacity is a power of two, and at most half of it
   * is used. Hashes are stored beside the values, so bytes are compared only if all 64 bits of
   * the hashes agree. A removal rebuilds the table, because series are rarely removed, and then
   * many at once. */
  private static final int MIN_CAPACITY = 64;

  private long[] hashes = new long[MIN_CAPACITY];
  private @Nullable Object[] values = new Object[MIN_CAPACITY];
  private int size;

  /// Returns the number of series.
  public int size() {
    return size;
  }

  /// Returns the value of a series; null if there is none.
  @SuppressWarnings("unchecked") // all values were written by put()
  public @Nullable V get(RawText series) {
    long hash = series.hash;
    int mask = values.length - 1;
    for (int slot = slot(hash, mask); ; slot = (slot + 1) & mask) {
      V value = (V) values[slot];
      if (value == null) {
        return null;
      }
      if (hashes[slot] == hash && series.contentEquals(value)) {
        return value;
      }
    }
  }

  /// Adds the value of a series that has none yet. The value must contain the series' text.
  public void put(RawText series, V value) {
    if (2 * (size + 1) > values.length) {
      resize(values.length * 2);
    }
    insert(series.hash, value);
  }

  /// Removes the series whose values satisfy the condition.
  @SuppressWarnings("unchecked") // all values were written by put()
  public void removeIf(Predicate<V> condition) {
    int remaining = 0;
    for (int slot = 0; slot < values.length; slot++) {
      V value = (V) values[slot];
      if (value != null && !condition.test(value)) {
        remaining++;
      } else {
        values[slot] = null;
      }
    }
    int capacity = MIN_CAPACITY;
    while (capacity < 2 * remaining) {
      capacity *= 2;
    }
    resize(capacity);
  }

  /// Removes all series.
  public void clear() {
    removeIf(_ -> true);
  }

  private void resize(int capacity) {
    long[] oldHashes = hashes;
    @Nullable Object[] oldValues = values;
    hashes = new long[capacity];
    values = new Object[capacity];
    size = 0;
    for (int slot = 0; slot < oldValues.length; slot++) {
      Object value = oldValues[slot];
      if (value != null) {
        insert(oldHashes[slot], value);
      }
    }
  }

  private void insert(long hash, Object value) {
    int mask = values.length - 1;
    int slot = slot(hash, mask);
    while (values[slot] != null) {
      slot = (slot + 1) & mask;
    }
    hashes[slot] = hash;
    values[slot] = value;
    size++;
  }

  private static int slot(long hash, int mask) {
    return (int) (hash ^ (hash >>> 32)) & mask;
  }
}
