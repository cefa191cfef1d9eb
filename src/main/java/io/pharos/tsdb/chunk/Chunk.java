package io.pharos.tsdb.chunk;

import static io.pharos.tsdb.chunk.Bits.WINDOW_BITS;
import static io.pharos.tsdb.chunk.Bits.bits;
import static io.pharos.tsdb.chunk.Bits.bits64;
import static io.pharos.tsdb.chunk.Bits.difference;
import static io.pharos.tsdb.chunk.Bits.payload;
import static io.pharos.tsdb.chunk.Bits.signed;
import static io.pharos.tsdb.chunk.Bits.window;
import static java.util.Objects.requireNonNull;

import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import io.pharos.bytes.HistogramLayout;
import io.pharos.model.histogram.ResetHint;
import io.pharos.storage.SampleWindow;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/// A finished chunk of samples, in memory or in a file.
public abstract sealed class Chunk {
  /* The fields of both kinds fit in 40 bytes: a store has several chunks of each series. */
  private final long minTime;
  private final Encoding encoding;
  private final int count;

  private Chunk(Encoding encoding, long minTime, int count) {
    this.encoding = encoding;
    this.minTime = minTime;
    this.count = count;
  }

  /// Creates a chunk in memory.
  ///
  /// @param encoding encoding of the samples
  /// @param minTime Unix milliseconds of the first sample
  /// @param maxTime Unix milliseconds of the last sample
  /// @param count number of samples, at least 1
  /// @param data encoded samples; must not be changed later
  public static Chunk of(Encoding encoding, long minTime, long maxTime, int count, byte[] data) {
    if (count < 1 || maxTime < minTime) {
      throw new IllegalArgumentException(
          "found a chunk of "
              + count
              + " samples from "
              + minTime
              + " to "
              + maxTime
              + ", expected at least 1 sample and an end that is not before the start");
    }
    return new InMemory(encoding, minTime, maxTime, count, data);
  }

  /// Returns the same chunk with its data in a file.
  ///
  /// @param file a part of the file that is never changed. When its arena is closed, the samples
  ///   can't be read any more
  /// @param offset where the data begins in it
  public final Chunk movedTo(MemorySegment file, int offset) {
    return new InFile(this, file, offset);
  }

  /// Encoding of the samples.
  public final Encoding encoding() {
    return encoding;
  }

  /// Unix milliseconds of the first sample.
  public final long minTime() {
    return minTime;
  }

  /// Number of samples, at least 1.
  public final int count() {
    return count;
  }

  /// Unix milliseconds of the last sample.
  public abstract long maxTime();

  /// Encoded samples. They must not be changed.
  ///
  /// @throws IllegalStateException when [#isReadable] is false
  public abstract byte[] data();

  /// Whether the samples can be read.
  public abstract boolean isReadable();

  /// Bytes of the encoded samples if they are in memory; otherwise 0.
  public abstract int bytesInMemory();

  /// Appends the samples of the closed interval to the window.
  ///
  /// @throws io.pharos.bytes.CorruptDataException when the data is malformed
  public final void read(long fromMillis, long toMillis, SampleWindow window) {
    if (maxTime() >= fromMillis && minTime <= toMillis) {
      read(encoding, data(), count, fromMillis, toMillis, window);
    }
  }

  private static final class InMemory extends Chunk {
    private final long maxTime;
    private final byte[] data;

    InMemory(Encoding encoding, long minTime, long maxTime, int count, byte[] data) {
      super(encoding, minTime, count);
      this.maxTime = maxTime;
      this.data = data;
    }

    @Override
    public long maxTime() {
      return maxTime;
    }

    @Override
    public byte[] data() {
      return data;
    }

    @Override
    public boolean isReadable() {
      return true;
    }

    @Override
    public int bytesInMemory() {
      return data.length;
    }
  }

  private static final class InFile extends Chunk {
    private final int span;
    private final MemorySegment file;
    private final int offset;
    private final int length;

    InFile(Chunk chunk, MemorySegment file, int offset) {
      super(chunk.encoding, chunk.minTime, chunk.count);
      this.span = Math.toIntExact(chunk.maxTime() - chunk.minTime);
      this.file = file;
      this.offset = offset;
      this.length = chunk.data().length;
    }

    @Override
    public long maxTime() {
      return minTime() + span;
    }

    @Override
    public byte[] data() {
      return file.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
    }

    @Override
    public boolean isReadable() {
      return file.scope().isAlive();
    }

    @Override
    public int bytesInMemory() {
      return 0;
    }
  }

  /// Decodes the first `count` samples, and appends those in the closed interval to the window.
  ///
  /// @throws io.pharos.bytes.CorruptDataException when the data is malformed
  public static void read(
      Encoding encoding,
      byte[] data,
      int count,
      long fromMillis,
      long toMillis,
      SampleWindow window) {
    switch (encoding) {
      case FLOATS -> Floats.read(data, count, fromMillis, toMillis, window);
      case HISTOGRAMS -> new Histograms(data).read(count, fromMillis, toMillis, window);
      case PACKED -> PackedFloats.read(data, count, fromMillis, toMillis, window);
    }
  }

  /// Encoding of the samples of a chunk (`docs/format/chunk.md`).
  public enum Encoding {
    /// Floats, each as the difference from the float before.
    FLOATS(0),
    /// Native histograms, encoded like [#FLOATS].
    HISTOGRAMS(1),
    /// Decimal floats, as integers of a fixed width.
    PACKED(2);

    private final int code;

    Encoding(int code) {
      this.code = code;
    }

    /// The code in files.
    public int code() {
      return code;
    }

    /// The encoding of a code in files.
    ///
    /// @throws CorruptDataException when the code is unknown
    public static Encoding of(int code) {
      return switch (code) {
        case 0 -> FLOATS;
        case 1 -> HISTOGRAMS;
        case 2 -> PACKED;
        default ->
            throw new CorruptDataException("found chunk encoding " + code + ", expected 0 to 2");
      };
    }
  }

  /// Reads all floats of a chunk. This is faster than [FloatCursor] because the state is in local
  /// variables. Damaged data yields wrong samples but never an endless loop. The caller verifies
  /// checksums.
  static final class Floats {
    /// Bits of the longest encoded time step, except for steps that need 64 bits.
    private static final int STEP_BITS = 24;

    private Floats() {}

    /// Decodes the first `count` samples, and appends those in the closed interval to the window.
    static void read(byte[] data, int count, long fromMillis, long toMillis, SampleWindow window) {
      long time = bits64(data, 0);
      long value = bits64(data, 64);
      if (time >= fromMillis && time <= toMillis) {
        window.add(time, Double.longBitsToDouble(value));
      }
      int bitOffset = 128;
      long delta = 0;
      int leading = 0;
      int significant = 0;
      for (int i = 1; i < count && time <= toMillis; i++) {
        long word = bits(data, bitOffset, STEP_BITS);
        int prefix = (int) (word >>> (STEP_BITS - 4));
        int control;
        if (prefix < 0b1000) {
          /* The time step is the same as before, so the bits that were read also contain the
           * value's control bits. */
          bitOffset += 1;
          control = prefix >>> 1;
        } else {
          if (prefix < 0b1100) {
            delta += signed(word >>> (STEP_BITS - 8), 6);
            bitOffset += 8;
          } else if (prefix < 0b1110) {
            delta += signed(word >>> (STEP_BITS - 14), 11);
            bitOffset += 14;
          } else if (prefix == 0b1110) {
            delta += signed(word, 20);
            bitOffset += 24;
          } else {
            delta += bits64(data, bitOffset + 4);
            bitOffset += 68;
          }
          control = (int) bits(data, bitOffset, 2);
        }
        time += delta;
        if (control < 0b10) {
          bitOffset += 1;
        } else {
          if (control == 0b10) {
            bitOffset += 2;
          } else {
            int window11 = (int) bits(data, bitOffset + 2, Bits.WINDOW_BITS);
            leading = window11 >>> 6;
            significant = Math.min((window11 & 0x3F) + 1, 64 - leading);
            bitOffset += 2 + Bits.WINDOW_BITS;
          }
          value ^= payload(data, bitOffset, significant) << (64 - leading - significant);
          bitOffset += significant;
        }
        if (time >= fromMillis && time <= toMillis) {
          window.add(time, Double.longBitsToDouble(value));
        }
      }
    }
  }

  /// Reads encoded histograms from the first sample on. Damaged data yields wrong samples or a
  /// [CorruptDataException], but never an endless loop; the memory use is proportional to the size
  /// of the data. The caller verifies checksums.
  static final class Histograms extends Bits.TimeReader {
    private ResetHint hint = ResetHint.UNKNOWN;
    private @Nullable HistogramLayout layout;
    private long[] columns = {};
    private int[] windows = {};

    Histograms(byte[] data) {
      this.data = data;
    }

    /// Decodes the first `count` samples, and appends those in the closed interval to the window.
    void read(int count, long fromMillis, long toMillis, SampleWindow window) {
      for (int i = 0; i < count; i++) {
        if (bitOffset > 8L * data.length) {
          throw new CorruptDataException(
              "a chunk ends after " + i + " of " + count + " histograms");
        }
        if (i == 0) {
          readFirstTime();
        } else {
          readTime();
        }
        if (time > toMillis) {
          return;
        }
        readHintAndLayout();
        for (int c = 0; c < columns.length; c++) {
          readColumn(c);
        }
        if (time >= fromMillis) {
          window.add(time, requireNonNull(layout).histogram(hint, columns));
        }
      }
    }

    private void readHintAndLayout() {
      hint = HistogramLayout.hint((int) bits(data, bitOffset, 2));
      boolean newLayout = bits(data, bitOffset + 2, 1) == 1;
      bitOffset += 3;
      if (newLayout) {
        var source = new ByteSource(MemorySegment.ofArray(data));
        source.position(Math.min(data.length, (bitOffset + 7) >>> 3));
        layout = HistogramLayout.read(source);
        bitOffset = 8 * (int) source.position();
        /* Each column takes at least one bit. */
        if (layout.columnCount() > 8 * source.remaining()) {
          throw new CorruptDataException(
              "found "
                  + layout.columnCount()
                  + " values, but only "
                  + source.remaining()
                  + " bytes remain");
        }
        columns = new long[(int) layout.columnCount()];
        windows = new int[columns.length];
      } else if (layout == null) {
        throw new CorruptDataException("the first histogram of a chunk has no layout");
      }
    }

    private void readColumn(int c) {
      int control = (int) bits(data, bitOffset, 2);
      if (control < 0b10) {
        bitOffset += 1;
        return;
      }
      if (control == 0b10) {
        bitOffset += 2;
      } else {
        windows[c] = window(data, bitOffset + 2);
        bitOffset += 2 + WINDOW_BITS;
      }
      columns[c] ^= difference(data, bitOffset, windows[c]);
      bitOffset += windows[c] & 0x7F;
    }
  }
}
