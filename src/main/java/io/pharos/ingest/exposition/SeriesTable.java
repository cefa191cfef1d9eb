package io.pharos.ingest.exposition;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What is known of each series, found by its text as the target writes it, so that a series that
/// was exposed before costs no label parsing and no objects. Not thread-safe.
///
/// @param <V> what is kept for a series
public final class SeriesTable<V> {
  /* Open addressing with linear probing over a power of two, at most half full. The hash is kept
   * beside the key, so that a probe compares bytes only when 64 bits agree. Removal rebuilds the
   * table: series vanish rarely, and then many at once. */
  private static final int SMALLEST = 64;

  private long[] hashes = new long[SMALLEST];
  private byte[] @Nullable [] keys = new byte[SMALLEST][];
  private @Nullable Object[] values = new Object[SMALLEST];
  private int size;

  public int size() {
    return size;
  }

  /// The value of a series, or null where the table has none.
  @SuppressWarnings("unchecked") // only put() writes values
  public @Nullable V get(RawText series) {
    long hash = series.hash();
    int mask = keys.length - 1;
    for (int slot = slot(hash, mask); ; slot = (slot + 1) & mask) {
      byte[] key = keys[slot];
      if (key == null) {
        return null;
      }
      if (hashes[slot] == hash && series.contentEquals(key)) {
        return (V) values[slot];
      }
    }
  }

  /// Keeps a value for a series; the text is copied. The series must not be in the table yet.
  public void put(RawText series, V value) {
    put(series, series.toBytes(), value);
  }

  /// As [#put(RawText, Object)], where the caller has a copy of the text already.
  ///
  /// @param text not to be changed any more
  public void put(RawText series, byte[] text, V value) {
    if (2 * (size + 1) > keys.length) {
      resize(keys.length * 2);
    }
    insert(series.hash(), text, value);
  }

  /// Removes every series whose value is accepted.
  @SuppressWarnings("unchecked") // only put() writes values
  public void removeIf(Predicate<V> condition) {
    int kept = 0;
    for (int slot = 0; slot < keys.length; slot++) {
      if (keys[slot] != null && !condition.test((V) values[slot])) {
        kept++;
      } else {
        keys[slot] = null;
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
    byte[] @Nullable [] oldKeys = keys;
    @Nullable Object[] oldValues = values;
    hashes = new long[capacity];
    keys = new byte[capacity][];
    values = new Object[capacity];
    size = 0;
    for (int slot = 0; slot < oldKeys.length; slot++) {
      byte[] key = oldKeys[slot];
      if (key != null) {
        insert(oldHashes[slot], key, oldValues[slot]);
      }
    }
  }

  private void insert(long hash, byte[] key, @Nullable Object value) {
    int mask = keys.length - 1;
    int slot = slot(hash, mask);
    while (keys[slot] != null) {
      slot = (slot + 1) & mask;
    }
    hashes[slot] = hash;
    keys[slot] = key;
    values[slot] = value;
    size++;
  }

  private static int slot(long hash, int mask) {
    return (int) (hash ^ (hash >>> 32)) & mask;
  }
}
