package io.pharos.bytes;

import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.Histogram.Buckets;
import io.pharos.model.histogram.ResetHint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The parts of a histogram that are usually the same in successive histograms of a series: all
/// parts except for the counts, the sum and the reset hint. The counts and the sum are the
/// *columns*: count, zero count, sum, positive buckets and negative buckets, each as the bits of a
/// double.
///
/// Layouts are equal if all their numbers have the same bits.
public record HistogramLayout(
    int schema,
    double zeroThreshold,
    List<BucketSpan> positive,
    List<BucketSpan> negative,
    double[] customValues) {
  /* The columns before the buckets: count, zero count and sum. */
  private static final int BEFORE_BUCKETS = 3;

  /* A span takes at least two bytes. */
  private static final int MIN_SPAN = 2;

  private static final ResetHint[] HINTS = ResetHint.values();

  public HistogramLayout {
    positive = List.copyOf(positive);
    negative = List.copyOf(negative);
    customValues = customValues.clone();
  }

  /// Returns the layout of a histogram.
  public static HistogramLayout of(Histogram histogram) {
    return new HistogramLayout(
        histogram.schema(),
        histogram.zeroThreshold(),
        histogram.positive().spans(),
        histogram.negative().spans(),
        histogram.customValues());
  }

  /// A copy of the upper bounds of custom buckets; empty for exponential buckets.
  @Override
  public double[] customValues() {
    return customValues.clone();
  }

  /// Number of columns. If the spans are damaged, it may exceed the maximum length of an array.
  public long columnCount() {
    return BEFORE_BUCKETS + length(positive) + length(negative);
  }

  private static long length(List<BucketSpan> spans) {
    long length = 0;
    for (BucketSpan span : spans) {
      length += span.length();
    }
    return length;
  }

  /// Returns the columns of a histogram.
  public static long[] columns(Histogram histogram) {
    Buckets positive = histogram.positive();
    Buckets negative = histogram.negative();
    var columns = new long[BEFORE_BUCKETS + positive.size() + negative.size()];
    columns[0] = Double.doubleToRawLongBits(histogram.count());
    columns[1] = Double.doubleToRawLongBits(histogram.zeroCount());
    columns[2] = Double.doubleToRawLongBits(histogram.sum());
    int index = BEFORE_BUCKETS;
    for (int i = 0; i < positive.size(); i++) {
      columns[index++] = Double.doubleToRawLongBits(positive.count(i));
    }
    for (int i = 0; i < negative.size(); i++) {
      columns[index++] = Double.doubleToRawLongBits(negative.count(i));
    }
    return columns;
  }

  /// Returns the histogram with this layout and these columns.
  public Histogram histogram(ResetHint hint, long[] columns) {
    int firstNegative = BEFORE_BUCKETS + (int) length(positive);
    return new Histogram(
        hint,
        schema,
        zeroThreshold,
        Double.longBitsToDouble(columns[1]),
        Double.longBitsToDouble(columns[0]),
        Double.longBitsToDouble(columns[2]),
        new Buckets(positive, doubles(columns, BEFORE_BUCKETS, firstNegative)),
        new Buckets(negative, doubles(columns, firstNegative, columns.length)),
        customValues);
  }

  private static double[] doubles(long[] columns, int from, int to) {
    var values = new double[to - from];
    for (int i = 0; i < values.length; i++) {
      values[i] = Double.longBitsToDouble(columns[from + i]);
    }
    return values;
  }

  /// Returns the code of a hint in files.
  public static int code(ResetHint hint) {
    return switch (hint) {
      case UNKNOWN -> 0;
      case RESET -> 1;
      case NOT_RESET -> 2;
      case GAUGE -> 3;
    };
  }

  /// Returns the hint with this code, which must be 0 to 3.
  public static ResetHint hint(int code) {
    for (ResetHint hint : HINTS) {
      if (code(hint) == code) {
        return hint;
      }
    }
    throw new CorruptDataException("found reset hint " + code + ", expected 0 to 3");
  }

  /// Appends the layout to a sink.
  public void write(ByteSink sink) {
    sink.varint(schema);
    sink.trimmed(Double.doubleToRawLongBits(zeroThreshold));
    writeSpans(sink, positive);
    writeSpans(sink, negative);
    if (schema == Histogram.CUSTOM_BUCKETS) {
      sink.uvarint(customValues.length);
      for (double value : customValues) {
        sink.trimmed(Double.doubleToRawLongBits(value));
      }
    }
  }

  private static void writeSpans(ByteSink sink, List<BucketSpan> spans) {
    sink.uvarint(spans.size());
    for (BucketSpan span : spans) {
      sink.varint(span.offset());
      sink.uvarint(span.length());
    }
  }

  /// Reads a layout that [#write] wrote.
  public static HistogramLayout read(ByteSource source) {
    long schema = source.varint();
    boolean exponential = schema >= Histogram.MIN_SCHEMA && schema <= Histogram.MAX_SCHEMA;
    if (!exponential && schema != Histogram.CUSTOM_BUCKETS) {
      throw new CorruptDataException("found the unknown histogram schema " + schema);
    }
    double zeroThreshold = Double.longBitsToDouble(source.trimmed());
    List<BucketSpan> positive = readSpans(source);
    List<BucketSpan> negative = readSpans(source);
    var customValues = new double[schema == Histogram.CUSTOM_BUCKETS ? source.count(1) : 0];
    for (int i = 0; i < customValues.length; i++) {
      customValues[i] = Double.longBitsToDouble(source.trimmed());
    }
    return new HistogramLayout((int) schema, zeroThreshold, positive, negative, customValues);
  }

  private static List<BucketSpan> readSpans(ByteSource source) {
    int count = source.count(MIN_SPAN);
    var spans = new ArrayList<BucketSpan>(count);
    for (int i = 0; i < count; i++) {
      long offset = source.varint();
      long length = source.uvarint();
      boolean gap = offset >= 0 || i == 0;
      if (!gap || offset != (int) offset || length < 0 || length > Integer.MAX_VALUE) {
        throw new CorruptDataException(
            "found the invalid span " + i + " of length " + length + " at offset " + offset);
      }
      spans.add(new BucketSpan((int) offset, (int) length));
    }
    return spans;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof HistogramLayout layout
        && schema == layout.schema
        && sameBits(zeroThreshold, layout.zeroThreshold)
        && positive.equals(layout.positive)
        && negative.equals(layout.negative)
        && sameBits(customValues, layout.customValues);
  }

  private static boolean sameBits(double[] a, double[] b) {
    boolean same = a.length == b.length;
    for (int i = 0; same && i < a.length; i++) {
      same = sameBits(a[i], b[i]);
    }
    return same;
  }

  private static boolean sameBits(double a, double b) {
    return Double.doubleToRawLongBits(a) == Double.doubleToRawLongBits(b);
  }

  @Override
  public int hashCode() {
    int hash = 31 * schema + Double.hashCode(zeroThreshold);
    hash = 31 * hash + positive.hashCode();
    return 31 * (31 * hash + negative.hashCode()) + Arrays.hashCode(customValues);
  }
}
