package io.pharos.ingest.exposition;

import io.pharos.bytes.protobuf.ProtoReader;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.Histogram.Buckets;
import io.pharos.model.histogram.ResetHint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A `Histogram` message of the protobuf format: classic, native or both. Exemplars are not parsed;
/// only their positions are stored. Reused; not thread-safe.
final class ProtobufHistogram {
  /* Maximum number of elements of each list; it limits the memory that a body can demand. Even
   * schema 8 has only half a million buckets. */
  private static final int MAX_NUMBERS = 1 << 20;

  /// A growing list of numbers.
  private final class Numbers implements ProtobufReader.Numbers {
    long[] values = new long[16];
    int size;

    @Override
    public void add(long bits) throws ExpositionException {
      if (size == MAX_NUMBERS) {
        throw error("found more than " + MAX_NUMBERS + " buckets or spans");
      }
      if (size == values.length) {
        values = Arrays.copyOf(values, 2 * size);
      }
      values[size++] = bits;
    }
  }

  /// The positive or the negative side of a native histogram: its spans as pairs of offset and
  /// length, and the counts of its buckets, either as deltas or as floats.
  private final class Side {
    final String name;
    final Numbers spans = new Numbers();
    final Numbers deltas = new Numbers();
    final Numbers counts = new Numbers();

    Side(String name) {
      this.name = name;
    }

    void clear() {
      spans.size = 0;
      deltas.size = 0;
      counts.size = 0;
    }
  }

  private final ProtobufReader inner = new ProtobufReader();
  private final Side positive = new Side("positive");
  private final Side negative = new Side("negative");
  private final Numbers bounds = new Numbers();
  private final Numbers cumulative = new Numbers();

  /* For each classic bucket, the start and the end of its exemplar in the body; both are equal
   * if there is none. */
  private final Numbers bucketExemplars = new Numbers();
  private final Numbers exemplars = new Numbers();
  private int messageOffset;
  private long sampleCount;
  private double sampleCountFloat;
  double sum;
  private long schema;
  private double zeroThreshold;
  private long zeroCount;
  private double zeroCountFloat;

  /// Creation time in Unix milliseconds; 0 if unknown.
  long created;

  void read(byte[] body, int from, int to) throws ExpositionException {
    clear(from);
    var reader = new ProtobufReader();
    reader.begin(body, from, to);
    while (reader.next()) {
      switch (reader.field) {
        case 1 -> sampleCount = reader.varint();
        case 2 -> sum = reader.float64();
        case 3 -> readBucket(body, reader.bytes(), reader.position());
        case 4 -> sampleCountFloat = reader.float64();
        case 5 -> schema = reader.signed();
        case 6 -> zeroThreshold = reader.float64();
        case 7 -> zeroCount = reader.varint();
        case 8 -> zeroCountFloat = reader.float64();
        case 9 -> readSpan(negative, body, reader.bytes(), reader.position());
        case 10 -> reader.signedNumbers(negative.deltas);
        case 11 -> reader.float64Numbers(negative.counts);
        case 12 -> readSpan(positive, body, reader.bytes(), reader.position());
        case 13 -> reader.signedNumbers(positive.deltas);
        case 14 -> reader.float64Numbers(positive.counts);
        case 15 -> created = reader.timestampMillis();
        case 16 -> {
          exemplars.add(reader.bytes());
          exemplars.add(reader.position());
        }
        default -> reader.skip();
      }
    }
  }

  private void clear(int from) {
    messageOffset = from;
    positive.clear();
    negative.clear();
    bounds.size = 0;
    cumulative.size = 0;
    bucketExemplars.size = 0;
    exemplars.size = 0;
    sampleCount = 0;
    sampleCountFloat = 0;
    sum = 0;
    schema = 0;
    zeroThreshold = 0;
    zeroCount = 0;
    zeroCountFloat = 0;
    created = 0;
  }

  private void readBucket(byte[] body, int from, int to) throws ExpositionException {
    long count = 0;
    double countFloat = 0;
    double bound = 0;
    int exemplarFrom = from;
    int exemplarTo = from;
    inner.begin(body, from, to);
    while (inner.next()) {
      switch (inner.field) {
        case 1 -> count = inner.varint();
        case 2 -> bound = inner.float64();
        case 3 -> {
          exemplarFrom = inner.bytes();
          exemplarTo = inner.position();
        }
        case 4 -> countFloat = inner.float64();
        default -> inner.skip();
      }
    }
    bounds.add(Double.doubleToRawLongBits(bound));
    cumulative.add(Double.doubleToRawLongBits(either(countFloat, count)));
    bucketExemplars.add(exemplarFrom);
    bucketExemplars.add(exemplarTo);
  }

  private void readSpan(Side side, byte[] body, int from, int to) throws ExpositionException {
    long offset = 0;
    long length = 0;
    inner.begin(body, from, to);
    while (inner.next()) {
      switch (inner.field) {
        case 1 -> offset = inner.signed();
        case 2 -> length = inner.varint();
        default -> inner.skip();
      }
    }
    side.spans.add(offset);
    side.spans.add(length);
  }

  /* Returns the float count if it is positive, otherwise the integer count. */
  private static double either(double floatCount, long integerCount) {
    return floatCount > 0 ? floatCount : ProtoReader.unsigned(integerCount);
  }

  /// Returns whether this is a native histogram. A native histogram without observations is
  /// recognized by its zero threshold, or by a span without buckets.
  boolean isNative() {
    return positive.spans.size > 0
        || negative.spans.size > 0
        || zeroThreshold > 0
        || zeroCount != 0
        || zeroCountFloat > 0;
  }

  double count() {
    return either(sampleCountFloat, sampleCount);
  }

  /// Returns the number of classic buckets.
  int classicBuckets() {
    return bounds.size;
  }

  double bound(int i) {
    return Double.longBitsToDouble(bounds.values[i]);
  }

  double cumulativeCount(int i) {
    return Double.longBitsToDouble(cumulative.values[i]);
  }

  /// Returns the offset in the body at which the exemplar of a classic bucket begins.
  int exemplarFrom(int i) {
    return (int) bucketExemplars.values[2 * i];
  }

  /// Returns the offset in the body at which the exemplar of a classic bucket ends; equal to its
  /// start if there is no exemplar.
  int exemplarTo(int i) {
    return (int) bucketExemplars.values[2 * i + 1];
  }

  /// Returns the number of exemplars of the native buckets.
  int exemplars() {
    return exemplars.size / 2;
  }

  int nativeExemplarFrom(int i) {
    return (int) exemplars.values[2 * i];
  }

  int nativeExemplarTo(int i) {
    return (int) exemplars.values[2 * i + 1];
  }

  /// Returns the native histogram.
  ///
  /// @param hint GAUGE for a gauge histogram, otherwise UNKNOWN
  /// @throws ExpositionException if its parts contradict each other
  Histogram toNative(ResetHint hint) throws ExpositionException {
    if (schema < Histogram.MIN_SCHEMA || schema > Histogram.MAX_RESERVED_SCHEMA) {
      throw error(
          "found schema %d, expected %d to %d"
              .formatted(schema, Histogram.MIN_SCHEMA, Histogram.MAX_SCHEMA));
    }
    boolean floats = sampleCountFloat > 0 || zeroCountFloat > 0;
    Buckets positives = buckets(positive, floats);
    Buckets negatives = buckets(negative, floats);
    double zero = floats ? zeroCountFloat : ProtoReader.unsigned(zeroCount);
    double total = floats ? sampleCountFloat : ProtoReader.unsigned(sampleCount);
    if (!floats) {
      /* Float counts are not checked, because their sum may be rounded. */
      double inBuckets = zero + total(positives) + total(negatives);
      if (Double.isNaN(sum) ? inBuckets > total : inBuckets != total) {
        throw error(
            "found %.0f observations in buckets, but the histogram's count is %.0f"
                .formatted(inBuckets, total));
      }
    }
    int supportedSchema = (int) Math.min(schema, Histogram.MAX_SCHEMA);
    int levels = (int) schema - supportedSchema;
    return new Histogram(
        hint,
        supportedSchema,
        zeroThreshold,
        zero,
        total,
        sum,
        positives.coarsened(levels),
        negatives.coarsened(levels),
        new double[0]);
  }

  private static double total(Buckets buckets) {
    double total = 0;
    for (int i = 0; i < buckets.size(); i++) {
      total += buckets.count(i);
    }
    return total;
  }

  private Buckets buckets(Side side, boolean floats) throws ExpositionException {
    Numbers numbers = floats ? side.counts : side.deltas;
    List<BucketSpan> spans = spans(side, numbers.size);
    var counts = new double[numbers.size];
    long count = 0;
    for (int i = 0; i < counts.length; i++) {
      if (floats) {
        counts[i] = Double.longBitsToDouble(numbers.values[i]);
      } else {
        /* If the sum overflows, the count becomes negative and is rejected below. */
        count += numbers.values[i];
        counts[i] = count;
      }
      if (counts[i] < 0) {
        throw error("found a negative count in " + side.name + " bucket " + i);
      }
    }
    return new Buckets(spans, counts);
  }

  /// Returns the spans of a side. Empty spans are removed and adjacent ones merged, so that equal
  /// layouts have equal spans.
  private List<BucketSpan> spans(Side side, int expected) throws ExpositionException {
    var spans = new ArrayList<BucketSpan>();
    long gap = 0;
    long index = 0;
    long buckets = 0;
    for (int i = 0; i < side.spans.size; i += 2) {
      long offset = side.spans.values[i];
      long length = side.spans.values[i + 1];
      gap += offset;
      index += offset + length;
      buckets += length;
      boolean valid =
          (i == 0 || offset >= 0)
              && length >= 0
              && buckets <= expected
              && index == (int) index
              && gap == (int) gap;
      if (!valid) {
        throw error(
            "found the invalid %s span %d with offset %d and length %d, for %d counts"
                .formatted(side.name, i / 2, offset, length, expected));
      }
      if (length > 0) {
        if (gap == 0 && !spans.isEmpty()) {
          BucketSpan previous = spans.removeLast();
          spans.add(new BucketSpan(previous.offset(), previous.length() + (int) length));
        } else {
          spans.add(new BucketSpan((int) gap, (int) length));
        }
        gap = 0;
      }
    }
    if (buckets != expected) {
      throw error(
          "found %d buckets in the %s spans, but %d counts"
              .formatted(buckets, side.name, expected));
    }
    return spans;
  }

  private ExpositionException error(String problem) {
    return ExpositionException.atByte(messageOffset, problem);
  }
}
