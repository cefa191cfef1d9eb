package io.pharos.tsdb.chunk;

import io.pharos.bytes.BitSink;
import io.pharos.bytes.CorruptDataException;
import io.pharos.bytes.DecimalForm;
import io.pharos.storage.SampleWindow;

/// Packs floats that are decimals with the same exponent (`docs/format/chunk.md`), and reads them.
/// An object contains the fields from the head of one chunk; it can be reused for the next chunk
/// without allocation. Not thread-safe.
final class PackedFloats {
  /* Bits of the byte that describes the values. */
  private static final int DIFFERENCES = 0x10;
  private static final int EXPONENT = 0x0F;

  /// The bytes with the column of values.
  private byte[] data = {};

  /// The bytes with the column of times: the same chunk, or a shared time column.
  private byte[] times = {};

  private int count;

  /// Unix milliseconds of the first sample.
  long firstTime;

  /// Exponent of all values.
  private int exponent;

  /// Whether the column of values contains differences between mantissas instead of mantissas.
  private boolean differences;

  /// Mantissa of the first value.
  long first;

  /// Minimum time between two samples, in milliseconds. It is subtracted from the entries of the
  /// column of times.
  private long minStep;

  /// Bits per entry of the column of times.
  private int stepBits;

  /// Minimum of the values in the column of values. It is subtracted from the column's entries.
  private long min;

  /// Bits per entry of the column of values.
  private int valueBits;

  /// Byte offsets in the head: the description of the times, and the description of the values.
  private int stepHeadStart;

  private int valueHeadStart;

  /// Bit offsets of the column of times and of the column of values.
  private int steps;

  private int values;

  /// Read position in the head, in bytes.
  private int position;

  /// Returns the packed form of a chunk, or the chunk itself if its samples are not decimals or the
  /// packed form is not shorter.
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
        ? Chunk.of(Chunk.Encoding.PACKED, chunk.minTime(), chunk.maxTime(), chunk.count(), data)
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
    sink.varint(min(steps));
    sink.u8(width(steps));
    sink.varint(min(column));
    sink.u8(width(column));
    writeColumn(steps, sink);
    writeColumn(column, sink);
    return sink.toByteArray();
  }

  private static void writeColumn(long[] column, BitSink sink) {
    long min = min(column);
    int width = width(column);
    for (long value : column) {
      sink.bits(value - min, width);
    }
  }

  private static long min(long[] column) {
    long min = column.length == 0 ? 0 : Long.MAX_VALUE;
    for (long value : column) {
      min = Math.min(min, value);
    }
    return min;
  }

  /* Number of bits per entry after the minimum was subtracted. */
  private static int width(long[] column) {
    long min = min(column);
    long bits = 0;
    for (long value : column) {
      bits |= value - min;
    }
    return Long.SIZE - Long.numberOfLeadingZeros(bits);
  }

  /// Reads the head of a packed chunk. Throws CorruptDataException when the head does not fit the
  /// length of the data.
  void open(byte[] chunk, int samples) {
    data = chunk;
    times = chunk;
    count = samples;
    firstTime = Bits.bits64(chunk, 0);
    position = Long.BYTES;
    readFirstValue();
    stepHeadStart = position;
    readStepHead();
    valueHeadStart = position;
    readValueHead();
    check((count - 1L) * (stepBits + valueBits), data);
    steps = 8 * position;
    values = steps + (count - 1) * stepBits;
  }

  /// Reads the heads of a time column and of a chunk without times. Throws CorruptDataException
  /// when a head does not fit the length of the data.
  void open(byte[] column, byte[] chunk, int samples) {
    data = column;
    times = column;
    count = samples;
    firstTime = Bits.bits64(column, 0);
    position = Long.BYTES;
    readStepHead();
    exponent = 0;
    valueBits = 0;
    check((count - 1L) * stepBits, column);
    steps = 8 * position;
    data = chunk;
    position = 0;
    readFirstValue();
    valueHeadStart = position;
    readValueHead();
    check((count - 1L) * valueBits, chunk);
    values = 8 * position;
  }

  private void readFirstValue() {
    int form = u8();
    exponent = form & EXPONENT;
    differences = (form & DIFFERENCES) != 0;
    first = varint();
  }

  private void readStepHead() {
    minStep = varint();
    stepBits = u8();
  }

  private void readValueHead() {
    min = varint();
    valueBits = u8();
  }

  private void check(long bits, byte[] bytes) {
    if (exponent > DecimalForm.MAX_EXPONENT
        || stepBits > Long.SIZE
        || valueBits > Long.SIZE
        || bits > 8L * (bytes.length - position)) {
      throw new CorruptDataException(
          "%d samples of %d bits for the time and %d for the value can't be in a chunk of %d bytes"
              .formatted(count, stepBits, valueBits, bytes.length));
    }
  }

  private int u8() {
    if (position >= data.length) {
      throw new CorruptDataException(
          "the data ends in the head of a chunk of " + data.length + " bytes");
    }
    return data[position++] & 0xFF;
  }

  /* Reads a number in the encoding of ByteSource#varint. */
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

  /// Returns the mantissa of a value of this chunk if [#next] needs it; otherwise 0.
  long mantissa(double value) {
    return differences ? DecimalForm.uncheckedMantissa(value, exponent) : 0;
  }

  /// Value of a mantissa.
  double value(long mantissa) {
    return DecimalForm.value(mantissa, exponent);
  }

  /// Appends the samples of a packed chunk in the closed interval to the window. Throws
  /// CorruptDataException when the head does not fit the length of the data.
  static void read(byte[] data, int count, long fromMillis, long toMillis, SampleWindow window) {
    var packed = new PackedFloats();
    packed.open(data, count);
    packed.read(fromMillis, toMillis, window);
  }

  /// Appends the samples of a chunk with a separate time column in the closed interval to the
  /// window. Throws CorruptDataException when a head does not fit the length of the data.
  static void read(
      byte[] column, byte[] data, int count, long fromMillis, long toMillis, SampleWindow window) {
    var packed = new PackedFloats();
    packed.open(column, data, count);
    packed.read(fromMillis, toMillis, window);
  }

  private void read(long fromMillis, long toMillis, SampleWindow window) {
    window.reserve(count);
    int size = window.size();
    int end =
        exponent == 0 && stepBits == 0 && valueBits <= 32
            ? readEvenIntegers(fromMillis, toMillis, window, size)
            : readAny(fromMillis, toMillis, window, size);
    window.added(end - size);
  }

  private int readAny(long fromMillis, long toMillis, SampleWindow window, int size) {
    long[] stamps = window.timestamps();
    double[] floats = window.values();
    int to = size;
    long time = firstTime;
    long mantissa = first;
    for (int i = 0; i < count && time <= toMillis; i++) {
      if (time >= fromMillis) {
        stamps[to] = time;
        floats[to++] = DecimalForm.value(mantissa, exponent);
      }
      time += step(i);
      mantissa = next(i, mantissa);
    }
    return to;
  }

  /* The fast path for most samples: small integers at a constant interval. */
  private int readEvenIntegers(long fromMillis, long toMillis, SampleWindow window, int size) {
    long[] stamps = window.timestamps();
    double[] floats = window.values();
    int to = size;
    long time = firstTime;
    long mantissa = first;
    int i = 0;
    if (!differences) {
      while (i < count - 1 && time < fromMillis) {
        time += minStep;
        i++;
      }
      mantissa = i == 0 ? mantissa : next(i - 1, mantissa);
    }
    int bit = values + i * valueBits;
    for (; i < count && time <= toMillis; i++) {
      if (time >= fromMillis) {
        stamps[to] = time;
        floats[to++] = mantissa;
      }
      time += minStep;
      long value = valueBits == 0 ? min : min + Bits.bits(data, bit, valueBits);
      mantissa = differences ? mantissa + value : value;
      bit += valueBits;
    }
    return to;
  }

  /// Milliseconds between sample `i` and the next.
  long step(int i) {
    return minStep + Bits.payload(times, steps + i * stepBits, stepBits);
  }

  /// Returns the mantissa of sample `i + 1`. `mantissa` is the mantissa of sample `i`.
  long next(int i, long mantissa) {
    long value = min + Bits.payload(data, values + i * valueBits, valueBits);
    return differences ? mantissa + value : value;
  }

  /// Returns the times of this chunk as a separate column.
  byte[] column() {
    int run = (count - 1) * stepBits;
    int head = Long.BYTES + valueHeadStart - stepHeadStart;
    var column = new byte[head + bytes(run)];
    System.arraycopy(times, 0, column, 0, Long.BYTES);
    System.arraycopy(times, stepHeadStart, column, Long.BYTES, valueHeadStart - stepHeadStart);
    Bits.copy(times, steps, run, column, 8 * head);
    return column;
  }

  /// Returns this chunk without its times.
  byte[] untimed() {
    int run = (count - 1) * valueBits;
    int formHead = stepHeadStart - Long.BYTES;
    int valueHeadLength = steps / 8 - valueHeadStart;
    var untimed = new byte[formHead + valueHeadLength + bytes(run)];
    System.arraycopy(data, Long.BYTES, untimed, 0, formHead);
    System.arraycopy(data, valueHeadStart, untimed, formHead, valueHeadLength);
    Bits.copy(data, values, run, untimed, 8 * (formHead + valueHeadLength));
    return untimed;
  }

  /// Returns this chunk, whose times are separate, as one packed chunk.
  byte[] timed() {
    int stepRun = (count - 1) * stepBits;
    int valueRun = (count - 1) * valueBits;
    int stepHead = steps / 8 - Long.BYTES;
    int head = Long.BYTES + stepHead + values / 8;
    var timed = new byte[head + bytes(stepRun + valueRun)];
    System.arraycopy(times, 0, timed, 0, Long.BYTES);
    System.arraycopy(data, 0, timed, Long.BYTES, valueHeadStart);
    System.arraycopy(times, Long.BYTES, timed, Long.BYTES + valueHeadStart, stepHead);
    System.arraycopy(
        data,
        valueHeadStart,
        timed,
        Long.BYTES + valueHeadStart + stepHead,
        values / 8 - valueHeadStart);
    Bits.copy(times, steps, stepRun, timed, 8 * head);
    Bits.copy(data, values, valueRun, timed, 8 * head + stepRun);
    return timed;
  }

  private static int bytes(int bits) {
    return (bits + 7) / 8;
  }
}
