package io.pharos.remote.write;

import io.pharos.bytes.HistogramLayout;
import io.pharos.bytes.protobuf.ProtoReader;
import io.pharos.bytes.protobuf.ProtoWriter;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;

/// Writes native histograms with float counts as the message `Histogram` of prometheus
/// `prompb/types.proto`, which is used by both Remote Write and Remote Read.
public final class HistogramMessage {
  private HistogramMessage() {}

  /// Writes the fields of a histogram.
  ///
  /// @param timestampMillis Unix milliseconds
  public static void write(ProtoWriter message, long timestampMillis, Histogram histogram) {
    message
        .float64(2, histogram.count())
        .float64(3, histogram.sum())
        .sint64(4, histogram.schema())
        .float64(5, histogram.zeroThreshold())
        .float64(7, histogram.zeroCount());
    writeBuckets(message, 8, 10, histogram.negative());
    writeBuckets(message, 11, 13, histogram.positive());
    message
        .int64(14, HistogramLayout.code(histogram.hint()))
        .int64(15, timestampMillis)
        .float64s(16, histogram.customValues());
  }

  private static void writeBuckets(
      ProtoWriter message, int spanField, int countField, Histogram.Buckets buckets) {
    for (BucketSpan span : buckets.spans()) {
      message.message(spanField, one -> one.sint64(1, span.offset()).int64(2, span.length()));
    }
    message.float64s(countField, buckets.counts());
  }

  /// Reads a native histogram. Both versions of Remote Write encode it in the same way: integer
  /// buckets as deltas, or float buckets as absolute counts.
  static final class Reader {

    private boolean integer;
    private double count;
    private double sum;
    private int schema;
    private double zeroThreshold;
    private double zeroCount;
    private final Side negative = new Side();
    private final Side positive = new Side();
    private final DoubleStream.Builder bounds = DoubleStream.builder();
    private ResetHint hint = ResetHint.UNKNOWN;
    private long timestamp;
    private long start;

    private Reader() {}

    static Received read(ProtoReader message) {
      var reader = new Reader();
      while (message.next()) {
        reader.field(message);
      }
      return reader.finish();
    }

    private void field(ProtoReader message) {
      switch (message.field()) {
        case 1 -> {
          integer = true;
          count = ProtoReader.unsigned(message.int64());
        }
        case 2 -> count = message.float64();
        case 3 -> sum = message.float64();
        case 4 -> schema = (int) message.sint64();
        case 5 -> zeroThreshold = message.float64();
        case 6 -> zeroCount = ProtoReader.unsigned(message.int64());
        case 7 -> zeroCount = message.float64();
        case 8 -> negative.span(message.message());
        case 9 -> message.sint64s(negative.deltas);
        case 10 -> message.float64s(negative.counts);
        case 11 -> positive.span(message.message());
        case 12 -> message.sint64s(positive.deltas);
        case 13 -> message.float64s(positive.counts);
        case 14 -> {
          int number = message.int32();
          hint = number >= 0 && number <= 3 ? HistogramLayout.hint(number) : ResetHint.UNKNOWN;
        }
        case 15 -> timestamp = message.int64();
        case 16 -> message.float64s(bounds);
        case 17 -> start = message.int64();
        default -> {} // unknown fields are skipped
      }
    }

    private Received finish() {
      try {
        double[] customValues = bounds.build().toArray();
        // a writer may use a finer schema than the maximum; its buckets are merged here
        boolean reserved = schema > Histogram.MAX_SCHEMA && schema <= Histogram.MAX_RESERVED_SCHEMA;
        int levels = reserved ? schema - Histogram.MAX_SCHEMA : 0;
        var histogram =
            new Histogram(
                hint,
                schema - levels,
                zeroThreshold,
                zeroCount,
                count,
                sum,
                positive.buckets(integer).coarsened(levels),
                negative.buckets(integer).coarsened(levels),
                customValues);
        check(histogram, customValues);
        return new Received.Valid(timestamp, histogram, start);
      } catch (IllegalArgumentException e) { // thrown by the constructors of the histogram's parts
        return new Received.Invalid(timestamp, String.valueOf(e.getMessage()));
      }
    }

    /* Checks the same conditions as Prometheus. */
    private void check(Histogram histogram, double[] customValues) {
      boolean custom = histogram.hasCustomBuckets();
      double buckets = zeroCount;
      for (Histogram.Buckets side : List.of(histogram.positive(), histogram.negative())) {
        for (int i = 0; i < side.size(); i++) {
          require(
              !(side.count(i) < 0),
              "found the negative count " + side.count(i) + " in bucket " + i);
          buckets += side.count(i);
        }
      }
      require(!(count < 0) && !(zeroCount < 0), "found a count below zero");
      // an observed NaN is in no bucket, so the count may be higher; it also makes the sum NaN
      require(
          !integer || (Double.isNaN(sum) ? count >= buckets : count == buckets),
          "found " + buckets + " observations in buckets, but the count is " + count);
      if (custom) {
        require(
            zeroCount == 0 && zeroThreshold == 0 && histogram.negative().size() == 0,
            "found a zero bucket or negative buckets in a histogram with custom buckets");
        for (int i = 0; i < customValues.length; i++) {
          require(
              Double.isFinite(customValues[i]) && (i == 0 || customValues[i] > customValues[i - 1]),
              "found custom bound " + customValues[i] + ", expected finite ascending bounds");
        }
        long spanEnd = 0;
        for (BucketSpan span : histogram.positive().spans()) {
          require(span.offset() >= 0, "found a span before the first custom bucket");
          spanEnd += (long) span.offset() + span.length();
        }
        require(
            spanEnd <= customValues.length + 1L,
            "found spans up to bucket %d, but only %d custom bounds"
                .formatted(spanEnd, customValues.length));
      }
    }

    private static void require(boolean condition, String problem) {
      if (!condition) {
        throw new IllegalArgumentException(problem);
      }
    }

    /* The buckets on one side of zero. */
    private static final class Side {
      private final List<Integer> offsets = new ArrayList<>();
      private final List<Integer> lengths = new ArrayList<>();
      private final LongStream.Builder deltas = LongStream.builder();
      private final DoubleStream.Builder counts = DoubleStream.builder();

      void span(ProtoReader message) {
        int offset = 0;
        int length = 0;
        while (message.next()) {
          switch (message.field()) {
            case 1 -> offset = (int) message.sint64();
            case 2 -> length = message.int32();
            default -> {} // unknown fields are skipped
          }
        }
        offsets.add(offset);
        lengths.add(length);
      }

      Histogram.Buckets buckets(boolean integer) {
        var spans = new ArrayList<BucketSpan>();
        for (int i = 0; i < offsets.size(); i++) {
          spans.add(new BucketSpan(offsets.get(i), lengths.get(i)));
        }
        return new Histogram.Buckets(spans, integer ? sums() : counts.build().toArray());
      }

      private double[] sums() {
        long[] sums = deltas.build().toArray();
        Arrays.parallelPrefix(sums, Long::sum);
        return Arrays.stream(sums).asDoubleStream().toArray();
      }
    }
  }

  /// A native histogram of a series, or the reason why it is invalid.
  sealed interface Received {
    long timestampMillis();

    /// A valid histogram.
    ///
    /// @param startMillis time since which it counts observations, in Unix milliseconds; 0 if
    ///   unknown
    record Valid(long timestampMillis, Histogram histogram, long startMillis) implements Received {}

    /// An invalid histogram.
    record Invalid(long timestampMillis, String reason) implements Received {}

    /// Returns this histogram, with this start time if it has none.
    ///
    /// @param startMillis Unix milliseconds, 0 for unknown
    default Received startingAt(long startMillis) {
      return switch (this) {
        case Invalid invalid -> invalid;
        case Valid(long time, Histogram histogram, long sentStart) ->
            new Valid(time, histogram, sentStart == 0 ? startMillis : sentStart);
      };
    }
  }
}
