package io.pharos.tsdb.chunk;

import io.pharos.bytes.BitSink;
import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import io.pharos.bytes.DecimalForm;
import io.pharos.storage.SampleWindow;
import java.lang.foreign.MemorySegment;

/// Floats that are decimals with one exponent, packed (`docs/format/chunk.md`). What the head of a
/// packed chunk says, and where its columns begin.
///
/// @param firstTime Unix milliseconds of the first sample
/// @param exponent of all values
/// @param differences whether the column of values holds what lies between one mantissa and the
///   next, not the mantissas
/// @param first the mantissa of the first value
/// @param leastStep the least of what lies between one time and the next, in milliseconds
/// @param stepBits the width of the column of times
/// @param least the least of what the column of values holds
/// @param valueBits the width of that column
/// @param steps the bit at which the column of times begins
record PackedFloats(
    long firstTime,
    int exponent,
    boolean differences,
    long first,
    long leastStep,
    int stepBits,
    long least,
    int valueBits,
    int steps) {
  private static final int DIFFERENCES = 0x10;
  private static final int EXPONENT = 0x0F;

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
  static PackedFloats of(byte[] data, int count) {
    var source = new ByteSource(MemorySegment.ofArray(data));
    long firstTime = source.i64();
    int form = source.u8();
    long first = source.varint();
    long leastStep = source.varint();
    int stepBits = source.u8();
    long least = source.varint();
    int valueBits = source.u8();
    int exponent = form & EXPONENT;
    if (exponent > DecimalForm.MAX_EXPONENT
        || stepBits > Long.SIZE
        || valueBits > Long.SIZE
        || (count - 1L) * (stepBits + valueBits) > 8 * source.remaining()) {
      throw new CorruptDataException(
          "%d samples with widths of %d and %d bits in a chunk of %d bytes"
              .formatted(count, stepBits, valueBits, data.length));
    }
    return new PackedFloats(
        firstTime,
        exponent,
        (form & DIFFERENCES) != 0,
        first,
        leastStep,
        stepBits,
        least,
        valueBits,
        8 * (int) source.position());
  }

  /// Appends those of the first `count` samples that lie in the closed interval to the window.
  ///
  /// @throws CorruptDataException when the data can't be that of so many samples
  static void read(byte[] data, int count, long fromMillis, long toMillis, SampleWindow window) {
    PackedFloats packed = of(data, count);
    window.room(count);
    int size = window.size();
    int end =
        packed.exponent == 0 && packed.stepBits == 0
            ? packed.evenWholes(data, count, fromMillis, toMillis, window, size)
            : packed.decode(data, count, fromMillis, toMillis, window, size);
    window.added(end - size);
  }

  private int decode(
      byte[] data, int count, long fromMillis, long toMillis, SampleWindow window, int first) {
    long[] times = window.timestamps();
    double[] values = window.values();
    int to = first;
    int column = values(count);
    long time = firstTime;
    long mantissa = this.first;
    for (int i = 0; i < count && time <= toMillis; i++) {
      if (time >= fromMillis) {
        times[to] = time;
        values[to++] = DecimalForm.value(mantissa, exponent);
      }
      time += step(data, i);
      mantissa = next(data, column, i, mantissa);
    }
    return to;
  }

  /* Most samples: whole numbers, one as long after the other as that after the next. */
  private int evenWholes(
      byte[] data, int count, long fromMillis, long toMillis, SampleWindow window, int first) {
    long[] times = window.timestamps();
    double[] values = window.values();
    int to = first;
    int column = values(count);
    long time = firstTime;
    long mantissa = this.first;
    int i = 0;
    if (!differences) {
      while (i < count - 1 && time < fromMillis) {
        time += leastStep;
        i++;
      }
      mantissa = i == 0 ? mantissa : next(data, column, i - 1, mantissa);
    }
    for (; i < count && time <= toMillis; i++) {
      if (time >= fromMillis) {
        times[to] = time;
        values[to++] = mantissa;
      }
      time += leastStep;
      mantissa = next(data, column, i, mantissa);
    }
    return to;
  }

  /// The bit at which the column of values begins.
  int values(int count) {
    return steps + (count - 1) * stepBits;
  }

  /// The milliseconds between sample `i` and the one after it.
  long step(byte[] data, int i) {
    return leastStep + Bits.payload(data, steps + i * stepBits, stepBits);
  }

  /// The mantissa after that of sample `i`.
  ///
  /// @param values where the column of values begins
  long next(byte[] data, int values, int i, long mantissa) {
    long value = least + Bits.payload(data, values + i * valueBits, valueBits);
    return differences ? mantissa + value : value;
  }
}
