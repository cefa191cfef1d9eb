package io.pharos.tsdb.chunk;

import java.util.Arrays;

/// A run of samples that still grows at its end. The owner guards it with a lock.
///
/// A reader may take [#data] and [#count] under that lock and decode outside it, while appending
/// goes on: bits that were written are never changed, and a grown buffer is a new array.
public final class ChunkAppender {
  /* An explicit window of significant bits costs 11 bits (5 for the leading zeros, 6 for the
   * length). The window before is reused where the value fits into it and the bits wasted by that
   * are fewer. */
  private static final int WINDOW_COST = 11;
  private static final int MAX_LEADING = 31;

  private final long minTime;
  private byte[] data = new byte[64];
  private int bits;
  private int count;
  private long time;
  private long delta;
  private long valueBits;
  private int leading;
  private int significant;

  /// A chunk that begins with this sample.
  public ChunkAppender(long timestampMillis, double value) {
    minTime = timestampMillis;
    time = timestampMillis;
    valueBits = Double.doubleToRawLongBits(value);
    write(time >>> 32, 32);
    write(time & 0xFFFF_FFFFL, 32);
    write(valueBits >>> 32, 32);
    write(valueBits & 0xFFFF_FFFFL, 32);
    count = 1;
  }

  public long minTime() {
    return minTime;
  }

  /// Unix milliseconds of the last sample.
  public long maxTime() {
    return time;
  }

  public int count() {
    return count;
  }

  /// The buffer that holds the first [#count] samples, with room after them.
  public byte[] data() {
    return data;
  }

  /// Adds a sample, which must be younger than the last.
  public void append(long timestampMillis, double value) {
    if (timestampMillis <= time) {
      throw new IllegalArgumentException(timestampMillis + ": not after the last sample, " + time);
    }
    appendTime(timestampMillis);
    appendValue(Double.doubleToRawLongBits(value));
    count++;
  }

  private void appendTime(long timestampMillis) {
    long newDelta = timestampMillis - time;
    long change = newDelta - delta;
    if (change == 0) {
      write(0, 1);
    } else if (change >= -32 && change < 32) {
      write((0b10L << 6) | (change & 0x3F), 8);
    } else if (change >= -1024 && change < 1024) {
      write((0b110L << 11) | (change & 0x7FF), 14);
    } else if (change >= -524_288 && change < 524_288) {
      write((0b1110L << 20) | (change & 0xF_FFFF), 24);
    } else {
      write(0b1111, 4);
      write(change >>> 32, 32);
      write(change & 0xFFFF_FFFFL, 32);
    }
    time = timestampMillis;
    delta = newDelta;
  }

  private void appendValue(long newBits) {
    long difference = newBits ^ valueBits;
    valueBits = newBits;
    if (difference == 0) {
      write(0, 1);
      return;
    }
    int newLeading = Math.min(Long.numberOfLeadingZeros(difference), MAX_LEADING);
    int trailing = Long.numberOfTrailingZeros(difference);
    int newSignificant = 64 - newLeading - trailing;
    boolean fits =
        significant > 0 && newLeading >= leading && trailing >= 64 - leading - significant;
    if (fits && significant - newSignificant <= WINDOW_COST) {
      write(0b10, 2);
    } else {
      leading = newLeading;
      significant = newSignificant;
      write((0b11L << WINDOW_COST) | ((long) leading << 6) | (significant - 1), 2 + WINDOW_COST);
    }
    long payload = difference >>> (64 - leading - significant);
    if (significant > 32) {
      write(payload >>> 32, significant - 32);
      write(payload & 0xFFFF_FFFFL, 32);
    } else {
      write(payload, significant);
    }
  }

  /* Writes the `n` low bits of `value`, 1 to 32, the highest first. */
  private void write(long value, int n) {
    if (bits + n > data.length * 8) {
      data = Arrays.copyOf(data, data.length * 2);
    }
    int left = n;
    while (left > 0) {
      int free = 8 - (bits & 7);
      int take = Math.min(free, left);
      long part = (value >>> (left - take)) & ((1L << take) - 1);
      data[bits >>> 3] |= (byte) (part << (free - take));
      bits += take;
      left -= take;
    }
  }

  /// The finished chunk, in an array of its own.
  public Chunk seal() {
    return new Chunk(minTime, time, count, Arrays.copyOf(data, (bits + 7) >>> 3));
  }
}
