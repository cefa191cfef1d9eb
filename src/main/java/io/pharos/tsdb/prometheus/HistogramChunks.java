package io.pharos.tsdb.prometheus;

import io.pharos.bytes.BitSink;
import io.pharos.bytes.CorruptDataException;
import io.pharos.bytes.HistogramLayout;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import io.pharos.storage.SampleWindow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Encodes chunks of native histograms with float counts. Decodes chunks with float or integer
/// counts.
final class HistogramChunks {
  private static final int RESET = 0b10;
  private static final int NOT_RESET = 0b01;
  private static final int GAUGE = 0b11;

  /* Custom bounds with at most three decimals, up to this number of thousandths, are written as
   * integers. */
  private static final double MAX_THOUSANDTHS = 33_554_430;

  private static final int MIN_EXPONENT = -243;
  private static final int MAX_EXPONENT = 10;

  private HistogramChunks() {}

  /// Whether a histogram may follow another one in the same chunk.
  static boolean follows(Histogram before, Histogram next) {
    boolean gauge = before.hint() == ResetHint.GAUGE;
    return (gauge ? next.hint() == ResetHint.GAUGE : next.hint() == ResetHint.NOT_RESET)
        && HistogramLayout.of(before).equals(HistogramLayout.of(next));
  }

  /// Writes the samples of the window with an index of at least `from` and below `to`, at most
  /// 65535 samples. Each histogram must satisfy [#follows] with the one before; the last sample may
  /// be a staleness marker.
  static void write(SampleWindow window, int from, int to, BitSink sink) {
    Histogram first = histogram(window, from);
    HistogramLayout layout = HistogramLayout.of(first);
    sink.bits(to - from, 16);
    sink.bits(flags(first.hint()), 2);
    sink.bits(0, 6);
    zeroThreshold(sink, layout.zeroThreshold());
    BitSource.Varbit.write(sink, layout.schema());
    spans(sink, layout.positive());
    spans(sink, layout.negative());
    if (layout.schema() == Histogram.CUSTOM_BUCKETS) {
      customValues(sink, layout.customValues());
    }
    var columns = new FloatChunks.XorColumn[(int) layout.columnCount()];
    long time = 0;
    long delta = 0;
    for (int i = from; i < to; i++) {
      long newDelta = window.timestamp(i) - time;
      BitSource.Varbit.write(sink, i <= from + 1 ? newDelta : newDelta - delta);
      delta = newDelta;
      time = window.timestamp(i);
      if (window.histogram(i) == null) {
        writeStaleMarker(sink, columns);
        return;
      }
      long[] values = HistogramLayout.columns(histogram(window, i));
      for (int c = 0; c < columns.length; c++) {
        double value = Double.longBitsToDouble(values[c]);
        if (i == from) {
          columns[c] = new FloatChunks.XorColumn();
          columns[c].first(value);
          sink.f64(value);
        } else {
          columns[c].write(sink, value);
        }
      }
    }
  }

  /* Writes the marker as a histogram without buckets whose sum is the staleness marker. */
  private static void writeStaleMarker(BitSink sink, FloatChunks.XorColumn[] columns) {
    columns[0].write(sink, 0);
    columns[1].write(sink, 0);
    columns[2].write(sink, StaleMarker.VALUE);
  }

  private static Histogram histogram(SampleWindow window, int i) {
    Histogram histogram = window.histogram(i);
    if (histogram == null) {
      throw new IllegalArgumentException("sample " + i + " is a float, expected a histogram");
    }
    return histogram;
  }

  private static int flags(ResetHint hint) {
    return switch (hint) {
      case UNKNOWN -> 0;
      case RESET -> RESET;
      case NOT_RESET -> NOT_RESET;
      case GAUGE -> GAUGE;
    };
  }

  private static void zeroThreshold(BitSink sink, double threshold) {
    int exponent = Math.getExponent(threshold);
    if (threshold == 0) {
      sink.u8(0);
    } else if (exponent >= MIN_EXPONENT
        && exponent <= MAX_EXPONENT
        && threshold == Math.scalb(1.0, exponent)) {
      sink.u8(exponent - MIN_EXPONENT + 1);
    } else {
      sink.u8(255);
      sink.f64(threshold);
    }
  }

  private static double zeroThreshold(BitSource source) {
    int code = source.u8();
    return switch (code) {
      case 0 -> 0;
      case 255 -> source.f64();
      default -> Math.scalb(1.0, code + MIN_EXPONENT - 1);
    };
  }

  private static void spans(BitSink sink, List<BucketSpan> spans) {
    BitSource.Varbit.writeUnsigned(sink, spans.size());
    for (BucketSpan span : spans) {
      BitSource.Varbit.writeUnsigned(sink, span.length());
      BitSource.Varbit.write(sink, span.offset());
    }
  }

  private static List<BucketSpan> spans(BitSource source) {
    int count = source.count(2);
    var spans = new ArrayList<BucketSpan>(count);
    for (int i = 0; i < count; i++) {
      long length = source.uvarbit();
      long offset = source.varbit();
      boolean gap = offset >= 0 || i == 0;
      if (!gap || offset != (int) offset || length < 0 || length > source.remainingBits()) {
        throw new CorruptDataException(
            "found the invalid span "
                + i
                + " of length "
                + Long.toUnsignedString(length)
                + " at offset "
                + offset);
      }
      spans.add(new BucketSpan((int) offset, (int) length));
    }
    return spans;
  }

  private static void customValues(BitSink sink, double[] values) {
    BitSource.Varbit.writeUnsigned(sink, values.length);
    for (double value : values) {
      double thousandths = value * 1000;
      /* If dividing the integer by 1000 does not yield exactly the same value, it is written as
       * a double. */
      if (thousandths >= 0
          && thousandths <= MAX_THOUSANDTHS
          && thousandths == Math.rint(thousandths)
          && sameBits(thousandths / 1000, value)) {
        BitSource.Varbit.writeUnsigned(sink, (long) thousandths + 1);
      } else {
        sink.bit(false);
        sink.f64(value);
      }
    }
  }

  private static boolean sameBits(double a, double b) {
    return Double.doubleToRawLongBits(a) == Double.doubleToRawLongBits(b);
  }

  private static double[] customValues(BitSource source) {
    var values = new double[source.count(5)];
    for (int i = 0; i < values.length; i++) {
      long thousandths = source.uvarbit();
      values[i] = thousandths == 0 ? source.f64() : (thousandths - 1) / 1000.0;
    }
    return values;
  }

  /// Appends all samples of a chunk to the window; staleness markers become floats.
  ///
  /// @param integerCounts whether the counts are encoded as integers; if not, as floats
  /// @throws CorruptDataException when the chunk is malformed
  static void read(byte[] data, int length, boolean integerCounts, SampleWindow window) {
    var source = new BitSource(data, length);
    int count = (int) source.bits(16);
    int flags = source.u8() >>> 6;
    if (count == 0) {
      return;
    }
    double zeroThreshold = zeroThreshold(source);
    long schema = source.varbit();
    boolean exponential = schema >= Histogram.MIN_SCHEMA && schema <= Histogram.MAX_RESERVED_SCHEMA;
    if (!exponential && schema != Histogram.CUSTOM_BUCKETS) {
      throw new CorruptDataException("histogram schema " + schema + ", expected -4 to 52 or -53");
    }
    List<BucketSpan> positive = spans(source);
    List<BucketSpan> negative = spans(source);
    double[] customValues =
        schema == Histogram.CUSTOM_BUCKETS ? customValues(source) : new double[0];
    /* A schema that is finer than the finest schema of Pharos is converted to that one. */
    int levels = Math.max(0, (int) schema - Histogram.MAX_SCHEMA);
    var layout =
        new HistogramLayout((int) schema - levels, zeroThreshold, positive, negative, customValues);
    if (layout.columnCount() > source.remainingBits()) {
      throw new CorruptDataException(
          "found "
              + layout.columnCount()
              + " values, but only "
              + source.remainingBits()
              + " bits remain");
    }
    Columns columns =
        integerCounts
            ? new IntegerColumns((int) layout.columnCount(), size(positive))
            : new FloatColumns((int) layout.columnCount());
    long time = 0;
    long delta = 0;
    for (int i = 0; i < count; i++) {
      long change = source.varbit();
      delta = i <= 1 ? change : delta + change;
      time += delta;
      long[] bits = columns.read(source, i);
      if (bits == null) {
        window.add(time, StaleMarker.VALUE);
      } else {
        Histogram histogram = layout.histogram(hint(flags, i), bits);
        window.add(time, levels == 0 ? histogram : coarsened(histogram, levels));
      }
    }
  }

  private static Histogram coarsened(Histogram histogram, int levels) {
    return new Histogram(
        histogram.hint(),
        histogram.schema(),
        histogram.zeroThreshold(),
        histogram.zeroCount(),
        histogram.count(),
        histogram.sum(),
        histogram.positive().coarsened(levels),
        histogram.negative().coarsened(levels),
        histogram.customValues());
  }

  private static int size(List<BucketSpan> spans) {
    return spans.stream().mapToInt(BucketSpan::length).sum();
  }

  private static ResetHint hint(int flags, int i) {
    if (flags == GAUGE) {
      return ResetHint.GAUGE;
    }
    if (i > 0) {
      return ResetHint.NOT_RESET;
    }
    return flags == RESET ? ResetHint.RESET : ResetHint.UNKNOWN;
  }

  /// The columns of numbers of successive histograms: count, zero count, sum, then the buckets.
  private sealed interface Columns {
    /// Reads the next row as bits of doubles. Returns null for a staleness marker, which has no
    /// buckets.
    long @Nullable [] read(BitSource source, int row);
  }

  private static final class FloatColumns implements Columns {
    private final FloatChunks.XorColumn[] columns;

    FloatColumns(int count) {
      columns = new FloatChunks.XorColumn[count];
      Arrays.setAll(columns, _ -> new FloatChunks.XorColumn());
    }

    @Override
    public long @Nullable [] read(BitSource source, int row) {
      var bits = new long[columns.length];
      for (int c = 0; c < columns.length; c++) {
        double value = columns[c].read(source, row);
        if (c == 2 && StaleMarker.is(value)) {
          return null;
        }
        bits[c] = Double.doubleToRawLongBits(value);
      }
      return bits;
    }
  }

  private static final class IntegerColumns implements Columns {
    private final long[] values;
    private final long[] deltas;
    private final int positive;
    private final FloatChunks.XorColumn sum = new FloatChunks.XorColumn();

    /// @param count number of columns
    /// @param positive number of positive buckets
    IntegerColumns(int count, int positive) {
      values = new long[count];
      deltas = new long[count];
      this.positive = positive;
    }

    @Override
    public long @Nullable [] read(BitSource source, int row) {
      for (int c = 0; c < values.length; c++) {
        if (c == 2) {
          if (StaleMarker.is(sum.read(source, row))) {
            return null;
          }
        } else if (row == 0) {
          values[c] = c < 2 ? source.uvarbit() : source.varbit();
        } else {
          long change = source.varbit();
          deltas[c] = row == 1 ? change : deltas[c] + change;
          values[c] += deltas[c];
        }
      }
      return bits();
    }

    /* Returns the row as bits of doubles. The encoded number of a bucket is the difference from the
     * previous bucket. */
    private long[] bits() {
      var bits = new long[values.length];
      bits[0] = Double.doubleToRawLongBits((double) values[0]);
      bits[1] = Double.doubleToRawLongBits((double) values[1]);
      bits[2] = Double.doubleToRawLongBits(sum.value());
      long bucket = 0;
      for (int c = 3; c < values.length; c++) {
        bucket = c == 3 || c == 3 + positive ? values[c] : bucket + values[c];
        bits[c] = Double.doubleToRawLongBits((double) bucket);
      }
      return bits;
    }
  }
}
