package io.pharos.storage;

import org.jspecify.annotations.Nullable;

/// Saved positions of a [SampleCursor] in many series, one per slot. Not thread-safe.
///
/// Any caller may read the time and the value of the last sample. The other fields are for the
/// store only, which can resume with them without a search. After [#clear], the store searches by
/// the time.
public final class SamplePositions {
  /// Memory per slot in bytes, not counting the objects that the store references in it.
  public static final int BYTES_PER_SLOT = 32;

  private final long[] timestamps;
  private final double[] values;
  private final long[] places;
  private final int[] deltas;
  private final @Nullable Object[] holders;

  /// @param slots number of positions
  public SamplePositions(int slots) {
    timestamps = new long[slots];
    values = new double[slots];
    places = new long[slots];
    deltas = new int[slots];
    holders = new @Nullable Object[slots];
  }

  /// Unix milliseconds of the last sample before the position.
  public long timestamp(int slot) {
    return timestamps[slot];
  }

  /// The value of the last sample before the position.
  public double value(int slot) {
    return values[slot];
  }

  /// The object that contains the sample; null if only its time is known. For stores only.
  public @Nullable Object holder(int slot) {
    return holders[slot];
  }

  /// The first number of the position in the holder. For stores only.
  public long place(int slot) {
    return places[slot];
  }

  /// The second number of the position in the holder. For stores only.
  public int delta(int slot) {
    return deltas[slot];
  }

  /// Saves a position. For stores only.
  public void set(
      int slot, long timestamp, double value, @Nullable Object holder, long place, int delta) {
    timestamps[slot] = timestamp;
    values[slot] = value;
    holders[slot] = holder;
    places[slot] = place;
    deltas[slot] = delta;
  }

  /// Releases the store's object, so that the slot contains only the time and the value.
  public void clear(int slot) {
    holders[slot] = null;
  }

  /// Copies a slot from other positions.
  public void copy(int slot, SamplePositions from, int fromSlot) {
    set(
        slot,
        from.timestamps[fromSlot],
        from.values[fromSlot],
        from.holders[fromSlot],
        from.places[fromSlot],
        from.deltas[fromSlot]);
  }
}
