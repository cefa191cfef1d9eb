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

  /// Where the column of values is.
  private byte[] data = {};

  /// Where the column of times is: in the same chunk, or apart from it.
  private byte[] times = {};

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

  /// The bytes at which the head says what the steps and the values are.
  private int stepStart;

  private int leastStart;

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
    times = chunk;
    count = samples;
    firstTime = Bits.bits64(chunk, 0);
    at = Long.BYTES;
    firstValue();
    stepStart = at;
    firstStep();
    leastStart = at;
    leastValue();
    check((count - 1L) * (stepBits + valueBits), data);
    steps = 8 * at;
    values = steps + (count - 1) * stepBits;
  }

  /// Reads the heads of a time column and of a chunk that has its times there.
  ///
  /// @throws CorruptDataException when they can't be those of so many samples
  void open(byte[] column, byte[] chunk, int samples) {
    data = column;
    times = column;
    count = samples;
    firstTime = Bits.bits64(column, 0);
    at = Long.BYTES;
    firstStep();
    exponent = 0;
    valueBits = 0;
    check((count - 1L) * stepBits, column);
    steps = 8 * at;
    data = chunk;
    at = 0;
    firstValue();
    leastStart = at;
    leastValue();
    check((count - 1L) * valueBits, chunk);
    values = 8 * at;
  }

  private void firstValue() {
    int form = u8();
    exponent = form & EXPONENT;
    differences = (form & DIFFERENCES) != 0;
    first = varint();
  }

  private void firstStep() {
    leastStep = varint();
    stepBits = u8();
  }

  private void leastValue() {
    least = varint();
    valueBits = u8();
  }

  private void check(long bits, byte[] where) {
    if (exponent > DecimalForm.MAX_EXPONENT
        || stepBits > Long.SIZE
        || valueBits > Long.SIZE
        || bits > 8L * (where.length - at)) {
      throw new CorruptDataException(
          "%d samples with widths of %d and %d bits in a chunk of %d bytes"
              .formatted(count, stepBits, valueBits, where.length));
    }
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
    packed.read(fromMillis, toMillis, window);
  }

  /// As above, of a chunk whose times are in a column.
  ///
  /// @throws CorruptDataException when they can't be those of so many samples
  static void read(
      byte[] column, byte[] data, int count, long fromMillis, long toMillis, SampleWindow window) {
    var packed = new PackedFloats();
    packed.open(column, data, count);
    packed.read(fromMillis, toMillis, window);
  }

  private void read(long fromMillis, long toMillis, SampleWindow window) {
    window.room(count);
    int size = window.size();
    int end =
        exponent == 0 && stepBits == 0
            ? evenWholes(fromMillis, toMillis, window, size)
            : decode(fromMillis, toMillis, window, size);
    window.added(end - size);
  }

  private int decode(long fromMillis, long toMillis, SampleWindow window, int size) {
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

  /* Most samples: whole numbers, one as long after the other as that after the next. */
  private int evenWholes(long fromMillis, long toMillis, SampleWindow window, int size) {
    long[] stamps = window.timestamps();
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
    if (valueBits > 0 && valueBits <= 32) {
      int bit = values + i * valueBits;
      for (; i < count && time <= toMillis; i++) {
        if (time >= fromMillis) {
          stamps[to] = time;
          floats[to++] = mantissa;
        }
        time += leastStep;
        long value = least + Bits.bits(data, bit, valueBits);
        mantissa = differences ? mantissa + value : value;
        bit += valueBits;
      }
      return to;
    }
    for (; i < count && time <= toMillis; i++) {
      if (time >= fromMillis) {
        stamps[to] = time;
        floats[to++] = mantissa;
      }
      time += leastStep;
      mantissa = next(i, mantissa);
    }
    return to;
  }

  /// The milliseconds between sample `i` and the one after it.
  long step(int i) {
    return leastStep + Bits.payload(times, steps + i * stepBits, stepBits);
  }

  /// The mantissa after that of sample `i`.
  long next(int i, long mantissa) {
    long value = least + Bits.payload(data, values + i * valueBits, valueBits);
    return differences ? mantissa + value : value;
  }

  /// The column of times of the chunk that was opened with its times in it.
  byte[] column() {
    int run = (count - 1) * stepBits;
    int head = Long.BYTES + leastStart - stepStart;
    var column = new byte[head + bytes(run)];
    System.arraycopy(times, 0, column, 0, Long.BYTES);
    System.arraycopy(times, stepStart, column, Long.BYTES, leastStart - stepStart);
    Bits.copy(times, steps, run, column, 8 * head);
    return column;
  }

  /// What is left of that chunk where its times are in a column.
  byte[] untimed() {
    int run = (count - 1) * valueBits;
    int formHead = stepStart - Long.BYTES;
    int leastHead = steps / 8 - leastStart;
    var untimed = new byte[formHead + leastHead + bytes(run)];
    System.arraycopy(data, Long.BYTES, untimed, 0, formHead);
    System.arraycopy(data, leastStart, untimed, formHead, leastHead);
    Bits.copy(data, values, run, untimed, 8 * (formHead + leastHead));
    return untimed;
  }

  /// The chunk that was opened beside its column, with its times in it.
  byte[] timed() {
    int stepRun = (count - 1) * stepBits;
    int valueRun = (count - 1) * valueBits;
    int stepHead = steps / 8 - Long.BYTES;
    int head = Long.BYTES + stepHead + values / 8;
    var timed = new byte[head + bytes(stepRun + valueRun)];
    System.arraycopy(times, 0, timed, 0, Long.BYTES);
    System.arraycopy(data, 0, timed, Long.BYTES, leastStart);
    System.arraycopy(times, Long.BYTES, timed, Long.BYTES + leastStart, stepHead);
    System.arraycopy(
        data, leastStart, timed, Long.BYTES + leastStart + stepHead, values / 8 - leastStart);
    Bits.copy(times, steps, stepRun, timed, 8 * head);
    Bits.copy(data, values, valueRun, timed, 8 * head + stepRun);
    return timed;
  }

  private static int bytes(int bits) {
    return (bits + 7) / 8;
  }
}
