package io.pharos.tsdb.chunk;

import static io.pharos.tsdb.chunk.Bits.WINDOW_BITS;
import static io.pharos.tsdb.chunk.Bits.bits;
import static io.pharos.tsdb.chunk.Bits.bits64;
import static io.pharos.tsdb.chunk.Bits.payload;

/// Steps through encoded floats one by one. It can stop after any of them and resume there later.
/// Damaged data yields wrong samples but never an endless loop; a malformed head of a packed chunk
/// is a [io.pharos.bytes.CorruptDataException]. The caller verifies checksums. Not thread-safe.
///
/// Its position is the last sample together with the numbers [#place] and [#delta]. The two numbers
/// are valid only for [#resume] over the same samples, to which more may have been appended
/// meanwhile.
public final class FloatCursor extends Bits.TimeReader {
  /// Returned by [#place] if [#resume] cannot restore the position.
  public static final long NO_PLACE = -1;

  private static final int MAX_READ_COUNT = (1 << 15) - 1;

  private int count;
  private int readCount;
  private int leading;
  private int significant;
  private long value;

  /* Used instead of the fields bitOffset, leading, significant and delta if the samples are
   * packed. */
  private final PackedFloats packed = new PackedFloats();
  private boolean isPacked;
  private long mantissa;

  /// Moves before the first of `number` encoded samples.
  public void open(Chunk.Encoding encoding, byte[] samples, int number) {
    data = samples;
    count = number;
    readCount = 0;
    openHead(encoding);
  }

  private void openHead(Chunk.Encoding encoding) {
    isPacked = encoding == Chunk.Encoding.PACKED;
    if (isPacked) {
      packed.open(data, count);
      delta = 0;
    }
  }

  /// Moves to the position of another cursor over the same samples.
  ///
  /// @param number number of samples, at least as many as the other cursor has read
  /// @param timestamp time of the sample that the other cursor returned last
  /// @param sample value of that sample
  /// @param place a result of [#place] other than [#NO_PLACE]
  /// @param timeDelta a result of [#delta]
  public void resume(
      Chunk.Encoding encoding,
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
    bitOffset = (int) place;
    readCount = (int) (place >>> 48);
    leading = (int) (place >>> 40) & 0xFF;
    significant = (int) (place >>> 32) & 0xFF;
    openHead(encoding);
    if (isPacked) {
      mantissa = packed.mantissa(sample);
    }
  }

  /// Continues in a longer version of the same samples.
  public void grow(byte[] samples, int number) {
    data = samples;
    count = number;
  }

  /// Reads the next sample.
  ///
  /// @return false at the end
  public boolean next() {
    if (readCount >= count) {
      return false;
    }
    if (isPacked) {
      readPacked();
    } else if (readCount == 0) {
      readFirstTime();
      value = bits64(data, bitOffset);
      bitOffset += Long.SIZE;
      leading = 0;
      significant = 0;
    } else {
      readTime();
      readValue();
    }
    readCount++;
    return true;
  }

  private void readPacked() {
    if (readCount == 0) {
      time = packed.firstTime;
      mantissa = packed.first;
    } else {
      time += packed.step(readCount - 1);
      mantissa = packed.next(readCount - 1, mantissa);
    }
    value = Double.doubleToRawLongBits(packed.value(mantissa));
  }

  private void readValue() {
    int control = (int) bits(data, bitOffset, 2);
    if (control < 0b10) {
      bitOffset += 1;
      return;
    }
    if (control == 0b10) {
      bitOffset += 2;
    } else {
      int window = (int) bits(data, bitOffset + 2, WINDOW_BITS);
      leading = window >>> 6;
      significant = Math.min((window & 0x3F) + 1, 64 - leading);
      bitOffset += 2 + WINDOW_BITS;
    }
    value ^= payload(data, bitOffset, significant) << (64 - leading - significant);
    bitOffset += significant;
  }

  /// Unix milliseconds of the current sample.
  public long timestamp() {
    return time;
  }

  /// The value of the current sample, bit for bit.
  public double value() {
    return Double.longBitsToDouble(value);
  }

  /// The first number of the position for [#resume]; [#NO_PLACE] if the position cannot be encoded.
  public long place() {
    return readCount > MAX_READ_COUNT || delta != (int) delta
        ? NO_PLACE
        : (long) readCount << 48 | (long) leading << 40 | (long) significant << 32 | bitOffset;
  }

  /// The second number of the position for [#resume].
  public int delta() {
    return (int) delta;
  }
}
