package io.pharos.tsdb.chunk;

import io.pharos.bytes.BitSink;
import io.pharos.bytes.CorruptDataException;
import io.pharos.bytes.DecimalForm;
import io.pharos.storage.SampleWindow;

/// Floats that are decimals with one exponent, packed (`docs/format/chunk.md`): what the head of a
/// packed chunk says, and where its columns begin. One object reads one chunk after the other, and
/// makes nothing. Not thread-safe.
final class PackedFloats {
  private static final int DIFFERENCES = 0x10;
  private static final int EXPONENT = 0x0F;

  private byte[] data = {};
  private int count;

  /// Unix milliseconds of the first sample.
  private long firstTime;

  /// Of all values.
  private int exponent;

  /// Whether the column of values holds what lies between one mantissa and the next, not the
  /// mantissas.
  private boolean differences;

  /// The mantissa of the first value.
  private long first;

  /// The least of what lies between one time and the next, in milliseconds.
  private long leastStep;

  /// The width of the column of times.
  private int stepBits;

  /// The least of what the column of values holds.
  private long least;

  /// The width of that column.
  private int valueBits;

  /// The bits at which the columns begin.
  private int steps;

  private int values;

  /// Where the head is read.
  private int at;

  /// The chunk that holds the samples of another, or that other one where its samples are no
  /// decimals or would take more bytes.
  static Chunk pack(Chunk chunk) {
    var window = new SampleWindow(chunk.count());
    chunk.read(Long.MIN_VALUE, Long.MAX_VALUE, window);
    int exponent = 0;
    for (int i = 0; i < window.size(); i++) {
      exponent = Math.max(exponent, DecimalForm.exponent(window.value(i)));
    }
    if (exponent == DecimalForm.NO_EXPONENT) {
      return chunk;
    }
    var mantissas = new long[window.size()];
    for (int i = 0; i < mantissas.length; i++) {
      mantissas[i] = DecimalForm.mantissa(window.value(i), exponent);
      if (mantissas[i] == DecimalForm.NO_MANTISSA) {
        return chunk;
      }
    }
    byte[] data = write(window.timestamps(), exponent, mantissas);
    return data.length < chunk.data().length
        ? new Chunk(ChunkEncoding.PACKED, chunk.minTime(), chunk.maxTime(), chunk.count(), data)
        : chunk;
  }

  private static byte[] write(long[] times, int exponent, long[] mantissas) {
    int rest = mantissas.length - 1;
    var steps = new long[rest];
    var differences = new long[rest];
    var values = new long[rest];
    for (int i = 0; i < rest; i++) {
      steps[i] = times[i + 1] - times[i];
      differences[i] = mantissas[i + 1] - mantissas[i];
      values[i] = mantissas[i + 1];
    }
    boolean byDifference = width(differences) < width(values);
    long[] column = byDifference ? differences : values;
    var sink = new BitSink();
    sink.bits(times[0], Long.SIZE);
    sink.u8(exponent | (byDifference ? DIFFERENCES : 0));
    sink.varint(mantissas[0]);
    sink.varint(least(steps));
    sink.u8(width(steps));
    sink.varint(least(column));
    sink.u8(width(column));
    column(steps, sink);
    column(column, sink);
    return sink.toByteArray();
  }

  private static void column(long[] column, BitSink sink) {
    long least = least(column);
    int width = width(column);
    for (long value : column) {
      sink.bits(value - least, width);
    }
  }

  private static long least(long[] column) {
    long least = column.length == 0 ? 0 : Long.MAX_VALUE;
    for (long value : column) {
      least = Math.min(least, value);
    }
    return least;
  }

  /* How many bits tell each from the least. */
  private static int width(long[] column) {
    long least = least(column);
    long all = 0;
    for (long value : column) {
      all |= value - least;
    }
    return Long.SIZE - Long.numberOfLeadingZeros(all);
  }

  /// Reads the head of a packed chunk.
  ///
  /// @throws CorruptDataException when the data can't be that of so many samples
  void open(byte[] chunk, int samples) {
    data = chunk;
    count = samples;
    firstTime = Bits.bits64(data, 0);
    at = Long.BYTES;
    int form = u8();
    first = varint();
    leastStep = varint();
    stepBits = u8();
    least = varint();
    valueBits = u8();
    exponent = form & EXPONENT;
    differences = (form & DIFFERENCES) != 0;
    if (exponent > DecimalForm.MAX_EXPONENT
        || stepBits > Long.SIZE
        || valueBits > Long.SIZE
        || (count - 1L) * (stepBits + valueBits) > 8L * (data.length - at)) {
      throw new CorruptDataException(
          "%d samples with widths of %d and %d bits in a chunk of %d bytes"
              .formatted(count, stepBits, valueBits, data.length));
    }
    steps = 8 * at;
    values = steps + (count - 1) * stepBits;
  }

  private int u8() {
    if (at >= data.length) {
      throw new CorruptDataException(
          "the data ends in the head of a chunk of " + data.length + " bytes");
    }
    return data[at++] & 0xFF;
  }

  /* As ByteSource reads it. */
  private long varint() {
    long zigzag = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      int next = u8();
      zigzag |= (next & 0x7FL) << shift;
      if (next < 0x80) {
        return (zigzag >>> 1) ^ -(zigzag & 1);
      }
    }
    throw new CorruptDataException("a variable-length integer has more than 10 bytes");
  }

  /// Unix milliseconds of the first sample.
  long firstTime() {
    return firstTime;
  }

  /// The mantissa of the first value.
  long first() {
    return first;
  }

  /// The mantissa that a value of this chunk has, where that tells what comes after it.
  long mantissa(double value) {
    return differences ? DecimalForm.known(value, exponent) : 0;
  }

  /// The value of a mantissa.
  double value(long mantissa) {
    return DecimalForm.value(mantissa, exponent);
  }

  /// Appends those of the first `count` samples that lie in the closed interval to the window.
  ///
  /// @throws CorruptDataException when the data can't be that of so many samples
  static void read(byte[] data, int count, long fromMillis, long toMillis, SampleWindow window) {
    var packed = new PackedFloats();
    packed.open(data, count);
    window.room(count);
    int size = window.size();
    int end =
        packed.exponent == 0 && packed.stepBits == 0
            ? packed.evenWholes(fromMillis, toMillis, window, size)
            : packed.decode(fromMillis, toMillis, window, size);
    window.added(end - size);
  }

  private int decode(long fromMillis, long toMillis, SampleWindow window, int size) {
    long[] times = window.timestamps();
    double[] floats = window.values();
    int to = size;
    long time = firstTime;
    long mantissa = first;
    for (int i = 0; i < count && time <= toMillis; i++) {
      if (time >= fromMillis) {
        times[to] = time;
        floats[to++] = DecimalForm.value(mantissa, exponent);
      }
      time += step(i);
      mantissa = next(i, mantissa);
    }
    return to;
  }

  /* Most samples: whole numbers, one as long after the other as that after the next. */
  private int evenWholes(long fromMillis, long toMillis, SampleWindow window, int size) {
    long[] times = window.timestamps();
    double[] floats = window.values();
    int to = size;
    long time = firstTime;
    long mantissa = first;
    int i = 0;
    if (!differences) {
      while (i < count - 1 && time < fromMillis) {
        time += leastStep;
        i++;
      }
      mantissa = i == 0 ? mantissa : next(i - 1, mantissa);
    }
    for (; i < count && time <= toMillis; i++) {
      if (time >= fromMillis) {
        times[to] = time;
        floats[to++] = mantissa;
      }
      time += leastStep;
      mantissa = next(i, mantissa);
    }
    return to;
  }

  /// The milliseconds between sample `i` and the one after it.
  long step(int i) {
    return leastStep + Bits.payload(data, steps + i * stepBits, stepBits);
  }

  /// The mantissa after that of sample `i`.
  long next(int i, long mantissa) {
    long value = least + Bits.payload(data, values + i * valueBits, valueBits);
    return differences ? mantissa + value : value;
  }
}
