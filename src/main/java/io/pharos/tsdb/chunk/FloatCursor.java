package io.pharos.tsdb.chunk;

import static io.pharos.tsdb.chunk.Bits.bits;
import static io.pharos.tsdb.chunk.Bits.bits64;
import static io.pharos.tsdb.chunk.Bits.payload;
import static io.pharos.tsdb.chunk.Bits.signed;

/// Walks over encoded floats one by one, can stop behind any of them and go on from there later.
/// Damaged data gives wrong samples but never an endless loop, and a packed chunk that can't be one
/// a [io.pharos.bytes.CorruptDataException] when it is begun; checksums are the caller's business.
/// Not thread-safe.
///
/// Where it stands is the sample that it passed last with [#place] and [#delta], which have no
/// meaning but for [#resume] on the same samples; more may have been appended to them meanwhile.
public final class FloatCursor {
  /// A place that [#resume] can't go on from.
  public static final long NO_PLACE = -1;

  private static final int MOST_PASSED = (1 << 15) - 1;

  private byte[] data = {};
  private int count;
  private int passed;
  private int at;
  private int leading;
  private int significant;
  private long time;
  private long value;
  private long delta;

  /* In the place of the five before, but the time, where the samples are packed. */
  private final PackedFloats packed = new PackedFloats();
  private boolean isPacked;
  private long mantissa;

  /// Stands before the first of `count` samples.
  public void open(ChunkEncoding encoding, byte[] samples, int number) {
    data = samples;
    count = number;
    passed = 0;
    head(encoding);
  }

  private void head(ChunkEncoding encoding) {
    isPacked = encoding == ChunkEncoding.PACKED;
    if (isPacked) {
      packed.open(data, count);
      delta = 0;
    }
  }

  /// Stands where another cursor over these samples, or their beginning, stood.
  ///
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
    leading = (int) (place >>> 40) & 0xFF;
    significant = (int) (place >>> 32) & 0xFF;
    head(encoding);
    if (isPacked) {
      mantissa = packed.mantissa(sample);
    }
  }

  /// Goes on over the same samples and those that were appended to them.
  public void grow(byte[] samples, int number) {
    data = samples;
    count = number;
  }

  /// Passes the next sample.
  ///
  /// @return false at the end
  public boolean next() {
    if (passed >= count) {
      return false;
    }
    if (isPacked) {
      passPacked();
    } else if (passed == 0) {
      time = bits64(data, 0);
      value = bits64(data, 64);
      at = 128;
      delta = 0;
      leading = 0;
      significant = 0;
    } else {
      passTime();
      passValue();
    }
    passed++;
    return true;
  }

  private void passPacked() {
    if (passed == 0) {
      time = packed.firstTime();
      mantissa = packed.first();
    } else {
      time += packed.step(passed - 1);
      mantissa = packed.next(passed - 1, mantissa);
    }
    value = Double.doubleToRawLongBits(packed.value(mantissa));
  }

  private void passTime() {
    int prefix = (int) bits(data, at, 4);
    if (prefix < 0b1000) {
      at += 1;
    } else if (prefix < 0b1100) {
      delta += signed(bits(data, at + 2, 6), 6);
      at += 8;
    } else if (prefix < 0b1110) {
      delta += signed(bits(data, at + 3, 11), 11);
      at += 14;
    } else if (prefix == 0b1110) {
      delta += signed(bits(data, at + 4, 20), 20);
      at += 24;
    } else {
      delta += bits64(data, at + 4);
      at += 68;
    }
    time += delta;
  }

  private void passValue() {
    int control = (int) bits(data, at, 2);
    if (control < 0b10) {
      at += 1;
      return;
    }
    if (control == 0b10) {
      at += 2;
    } else {
      int window = (int) bits(data, at + 2, 11);
      leading = window >>> 6;
      significant = Math.min((window & 0x3F) + 1, 64 - leading);
      at += 13;
    }
    value ^= payload(data, at, significant) << (64 - leading - significant);
    at += significant;
  }

  /// Unix milliseconds of the sample that was passed last.
  public long timestamp() {
    return time;
  }

  /// Its value, bit for bit.
  public double value() {
    return Double.longBitsToDouble(value);
  }

  /// Where it stands, for [#resume]; [#NO_PLACE] where that can't be said.
  public long place() {
    return passed > MOST_PASSED || delta != (int) delta
        ? NO_PLACE
        : (long) passed << 48 | (long) leading << 40 | (long) significant << 32 | at;
  }

  /// The other half of where it stands.
  public int delta() {
    return (int) delta;
  }
}
