package io.pharos.ingest.exposition;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What is known of each series, found by its text as the target writes it, so that a series that
/// was exposed before costs no label parsing and no objects. Not thread-safe.
///
/// @param <V> what is kept for a series
public final class SeriesTable<V extends CachedText> {
  /* Open addressing with linear probing over a power of two, at most half full. The hash is kept
   * beside the value, so that a probe compares bytes only when 64 bits agree. Removal rebuilds the
   * table: series vanish rarely, and then many at once. */
  private static final int SMALLEST = 64;

  private long[] hashes = new long[SMALLEST];
  private @Nullable Object[] values = new Object[SMALLEST];
  private int size;

  public int size() {
    return size;
  }

  /// The value of a series, or null where the table has none.
  @SuppressWarnings("unchecked") // only put() writes values
  public @Nullable V get(RawText series) {
    long hash = series.hash();
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

  /// Keeps a value for a series, whose text it has. The series must not be in the table yet.
  public void put(RawText series, V value) {
    if (2 * (size + 1) > values.length) {
      resize(values.length * 2);
    }
    insert(series.hash(), value);
  }

  /// Removes every series whose value is accepted.
  @SuppressWarnings("unchecked") // only put() writes values
  public void removeIf(Predicate<V> condition) {
    int kept = 0;
    for (int slot = 0; slot < values.length; slot++) {
      V value = (V) values[slot];
      if (value != null && !condition.test(value)) {
        kept++;
      } else {
        values[slot] = null;
      }
    }
    int capacity = SMALLEST;
    while (capacity < 2 * kept) {
      capacity *= 2;
    }
    resize(capacity);
  }

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
