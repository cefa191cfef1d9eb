package io.pharos.storage;

import org.jspecify.annotations.Nullable;

/// Places in many series, one for each slot: behind which sample a [SampleCursor] stood. Not
/// thread-safe.
///
/// The time and the value of that sample are everybody's. The rest is the store's own, which finds
/// the place again by it without looking; a slot without it is found by its time.
public final class SamplePositions {
  /// What a slot takes of the memory, in bytes, without what the store holds on to.
  public static final int BYTES_PER_SLOT = 32;

  private final long[] timestamps;
  private final double[] values;
  private final long[] places;
  private final int[] deltas;
  private final @Nullable Object[] holders;

  public SamplePositions(int slots) {
    timestamps = new long[slots];
    values = new double[slots];
    places = new long[slots];
    deltas = new int[slots];
    holders = new @Nullable Object[slots];
  }

  /// Unix milliseconds of the last sample before the place.
  public long timestamp(int slot) {
    return timestamps[slot];
  }

  /// The value of the last sample before the place.
  public double value(int slot) {
    return values[slot];
  }

  /// What the sample lies in; null where only its time is known. For stores only.
  public @Nullable Object holder(int slot) {
    return holders[slot];
  }

  /// Where in it. For stores only.
  public long place(int slot) {
    return places[slot];
  }

  /// The other half of that. For stores only.
  public int delta(int slot) {
    return deltas[slot];
  }

  /// Puts a place behind a sample. For stores only.
  public void set(
      int slot, long timestamp, double value, @Nullable Object holder, long place, int delta) {
    timestamps[slot] = timestamp;
    values[slot] = value;
    holders[slot] = holder;
    places[slot] = place;
    deltas[slot] = delta;
  }

  /// Holds on to nothing of the store any more.
  public void clear(int slot) {
    holders[slot] = null;
  }

  /// Takes over a slot of others.
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
