package io.pharos.tsdb.chunk;

import static io.pharos.tsdb.chunk.Bits.WINDOW_BITS;
import static io.pharos.tsdb.chunk.Bits.bits;
import static io.pharos.tsdb.chunk.Bits.bits64;
import static io.pharos.tsdb.chunk.Bits.difference;
import static io.pharos.tsdb.chunk.Bits.stepChange;
import static io.pharos.tsdb.chunk.Bits.stepChangeBits;
import static io.pharos.tsdb.chunk.Bits.window;

/// Steps through encoded floats one by one. It can stop after any of them and resume there later.
/// Damaged data yields wrong samples but never an endless loop; a malformed head of a packed chunk
/// is a [io.pharos.bytes.CorruptDataException]. The caller verifies checksums. Not thread-safe.
///
/// Its position is the last sample with [#place] and [#delta]. Those are opaque numbers for
/// [#resume] over the same samples; samples may have been appended in the meantime.
public final class FloatCursor {
  /// The place of a cursor that [#resume] cannot restore.
  public static final long NO_PLACE = -1;

  private static final int MOST_PASSED = (1 << 15) - 1;

  private byte[] data = {};
  private int count;
  private int passed;
  private int at;
  private int window;
  private long time;
  private long value;
  private long delta;

  /* Used instead of at, window, value and delta when the samples are packed. */
  private final PackedFloats packed = new PackedFloats();
  private boolean isPacked;
  private long mantissa;

  /// Moves before the first of `number` samples.
  public void open(ChunkEncoding encoding, byte[] samples, int number) {
    data = samples;
    count = number;
    passed = 0;
    openHead(encoding);
  }

  private void openHead(ChunkEncoding encoding) {
    isPacked = encoding == ChunkEncoding.PACKED;
    if (isPacked) {
      packed.open(data, count);
      delta = 0;
    }
  }

  /// Moves to the position of another cursor over the same samples.
  ///
  /// @param number count of samples, at least as many as the other cursor had passed
  /// @param timestamp time of the sample that the other cursor returned last
  /// @param sample value of that sample
  /// @param place not [#NO_PLACE]
  public void resume(
      ChunkEncoding encoding,
      byte[] samples,
      int number,
      long timestamp,
      double sample,
      long place,
      int timeDelta) {
    data = samples;
    count = number;
    time = timestamp;
    value = Double.doubleToRawLongBits(sample);
    delta = timeDelta;
    at = (int) place;
    passed = (int) (place >>> 48);
    window = (int) (place >>> 32) & 0xFFFF;
    openHead(encoding);
    if (isPacked) {
      mantissa = packed.mantissa(sample);
    }
  }

  /// Continues over a longer version of the same samples.
  public void grow(byte[] samples, int number) {
    data = samples;
    count = number;
  }

  /// Reads the next sample.
  ///
  /// @return false at the end
  public boolean next() {
    if (passed >= count) {
      return false;
    }
    if (isPacked) {
      readPacked();
    } else if (passed == 0) {
      time = bits64(data, 0);
      value = bits64(data, 64);
      at = 128;
      delta = 0;
      window = 0;
    } else {
      readTime();
      readValue();
    }
    passed++;
    return true;
  }

  private void readPacked() {
    if (passed == 0) {
      time = packed.firstTime();
      mantissa = packed.first();
    } else {
      time += packed.step(passed - 1);
      mantissa = packed.next(passed - 1, mantissa);
    }
    value = Double.doubleToRawLongBits(packed.value(mantissa));
  }

  private void readTime() {
    int prefix = (int) bits(data, at, 4);
    delta += stepChange(data, at, prefix);
    at += stepChangeBits(prefix);
    time += delta;
  }

  private void readValue() {
    int control = (int) bits(data, at, 2);
    if (control < 0b10) {
      at += 1;
      return;
    }
    if (control == 0b10) {
      at += 2;
    } else {
      window = window(data, at + 2);
      at += 2 + WINDOW_BITS;
    }
    value ^= difference(data, at, window);
    at += window & 0x7F;
  }

  /// Unix milliseconds of the current sample.
  public long timestamp() {
    return time;
  }

  /// The value of the current sample, bit for bit.
  public double value() {
    return Double.longBitsToDouble(value);
  }

  /// The first half of the position, for [#resume]; [#NO_PLACE] if it does not fit the format.
  public long place() {
    return passed > MOST_PASSED || delta != (int) delta
        ? NO_PLACE
        : (long) passed << 48 | (long) window << 32 | at;
  }

  /// The second half of the position, for [#resume].
  public int delta() {
    return (int) delta;
  }
}
