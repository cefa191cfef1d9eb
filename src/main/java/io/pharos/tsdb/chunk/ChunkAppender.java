package io.pharos.tsdb.chunk;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.HistogramLayout;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import io.pharos.storage.ResetHints;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// A growing chunk of samples of one type. Its owner guards it with a lock.
///
/// A reader may get [#data] and [#count] while it holds that lock, and decode them without the lock
/// while samples are appended: written bits never change, and a larger buffer is a new array.
public abstract sealed class ChunkAppender {
  /* Describing a new window of significant bits takes 11 bits: 5 for the leading zeros, 6 for the
   * length. The previous window is reused if the value fits into it and at most that number of bits
   * is wasted. */
  private static final int WINDOW_COST = 11;
  private static final int MAX_LEADING = 31;

  /* A full chunk of floats has some 300 bytes. Doubling the buffer would leave a third of it
   * unused, so the buffer grows by this number of bytes, or by a quarter if that is more. */
  private static final int GROWTH = 64;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final long minTime;
  private byte[] data = new byte[64];
  private int bits;
  private int count;
  private long time;
  private long delta;

  /// Starts a chunk with the time of its first sample.
  ChunkAppender(long timestampMillis) {
    minTime = timestampMillis;
    time = timestampMillis;
    write(time >>> 32, 32);
    write(time & 0xFFFF_FFFFL, 32);
  }

  /// Encoding of the samples.
  public abstract Chunk.Encoding encoding();

  /// Unix milliseconds of the first sample.
  public final long minTime() {
    return minTime;
  }

  /// Unix milliseconds of the last sample.
  public final long maxTime() {
    return time;
  }

  /// Number of samples.
  public final int count() {
    return count;
  }

  /// The buffer: the first [#count] samples, then spare capacity.
  public final byte[] data() {
    return data;
  }

  /// Length of the samples in bytes.
  public final int sizeBytes() {
    return (bits + 7) >>> 3;
  }

  /// Returns a finished copy of the chunk in the shortest encoding.
  public Chunk seal() {
    return Chunk.of(encoding(), minTime, time, count, Arrays.copyOf(data, sizeBytes()));
  }

  /// Increments the number of samples, after all parts of a sample were written.
  final void countSample() {
    count++;
  }

  /// Writes the time of a sample after the first.
  final void appendTime(long timestampMillis) {
    if (timestampMillis <= time) {
      throw new IllegalArgumentException(
          "the sample at " + timestampMillis + " is not after the last sample at " + time);
    }
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

  /// Writes the exclusive-or of a value with the previous value of its column.
  ///
  /// @param window the column's window, see [Bits#window]; 0 before the first value
  /// @return the column's window for the next value
  final int appendDifference(long difference, int window) {
    if (difference == 0) {
      write(0, 1);
      return window;
    }
    int leading = window >>> 7;
    int significant = window & 0x7F;
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
    return leading << 7 | significant;
  }

  /// Pads the last byte with zeros.
  final void align() {
    if ((bits & 7) != 0) {
      write(0, 8 - (bits & 7));
    }
  }

  /// Writes the `n` low bits of `value`, beginning with the highest. `n` is 1 to 32; the other bits
  /// of `value` must be zero.
  final void write(long value, int n) {
    int firstByte = bits >>> 3;
    if (firstByte + Long.BYTES > data.length) {
      data = Arrays.copyOf(data, data.length + Math.max(GROWTH, data.length / 4));
    }
    /* The bits after the last written one are zero; the bits before it are written again
     * unchanged. */
    long word = (long) LONG.get(data, firstByte) | value << (Long.SIZE - (bits & 7) - n);
    LONG.set(data, firstByte, word);
    bits += n;
  }

  /// A growing chunk of floats.
  public static final class Floats extends ChunkAppender {
    private long valueBits;
    private int window;

    /// Starts a chunk with its first sample.
    public Floats(long timestampMillis, double value) {
      super(timestampMillis);
      valueBits = Double.doubleToRawLongBits(value);
      write(valueBits >>> 32, 32);
      write(valueBits & 0xFFFF_FFFFL, 32);
      countSample();
    }

    @Override
    public Chunk.Encoding encoding() {
      return Chunk.Encoding.FLOATS;
    }

    @Override
    public Chunk seal() {
      return PackedFloats.pack(super.seal());
    }

    /// Appends a sample, which must be newer than the last.
    public void append(long timestampMillis, double value) {
      appendTime(timestampMillis);
      long newBits = Double.doubleToRawLongBits(value);
      window = appendDifference(newBits ^ valueBits, window);
      valueBits = newBits;
      countSample();
    }
  }

  /// A growing chunk of native histograms, which may be counters or gauges.
  public static final class Histograms extends ChunkAppender {
    /* A new layout sets the columns to zero, as at the first sample. So the first values of a
     * layout are encoded like all others, and small counts take few bits. */

    private Histogram last;
    private HistogramLayout layout;
    private long[] columns;
    private int[] windows;

    /// Starts a chunk with its first sample.
    public Histograms(long timestampMillis, Histogram histogram) {
      super(timestampMillis);
      last = histogram;
      layout = HistogramLayout.of(histogram);
      columns = new long[(int) layout.columnCount()];
      windows = new int[columns.length];
      appendHint(ResetHints.first(histogram));
      appendLayout();
      appendColumns(histogram);
    }

    @Override
    public Chunk.Encoding encoding() {
      return Chunk.Encoding.HISTOGRAMS;
    }

    /// Appends a sample, which must be newer than the last.
    public void append(long timestampMillis, Histogram histogram) {
      appendTime(timestampMillis);
      appendHint(ResetHints.after(last, histogram));
      HistogramLayout newLayout = HistogramLayout.of(histogram);
      if (newLayout.equals(layout)) {
        write(0, 1);
      } else {
        layout = newLayout;
        columns = new long[(int) layout.columnCount()];
        windows = new int[columns.length];
        appendLayout();
      }
      appendColumns(histogram);
      last = histogram;
    }

    private void appendHint(ResetHint hint) {
      write(HistogramLayout.code(hint), 2);
    }

    private void appendLayout() {
      write(1, 1);
      var bytes = new ByteSink(64);
      layout.write(bytes);
      align();
      for (int i = 0; i < bytes.size(); i++) {
        write(bytes.array()[i] & 0xFF, 8);
      }
    }

    private void appendColumns(Histogram histogram) {
      long[] values = HistogramLayout.columns(histogram);
      for (int i = 0; i < values.length; i++) {
        windows[i] = appendDifference(values[i] ^ columns[i], windows[i]);
      }
      columns = values;
      countSample();
    }
  }
}
