package io.pharos.tap;

import io.pharos.bytes.protobuf.ProtoWriter;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Request durations for one label set, from 1 µs to 18 h. They are counted in classic buckets and
/// in native buckets of schema 3, where each upper bound is 9 % above the previous one.
/// Thread-safe.
final class LatencyHistogram {
  /// The upper bounds of the classic buckets in seconds, as in client_golang.
  static final double[] BOUNDS = {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};

  static final int SCHEMA = 3;

  /// Name of the exemplar label that Grafana expects.
  static final String TRACE_ID = "trace_id";

  private static final int PER_OCTAVE = 1 << SCHEMA;
  private static final int MIN_EXPONENT = -20;
  private static final int MAX_EXPONENT = 16;

  /// Upper bound of the zero bucket in seconds.
  static final double ZERO_THRESHOLD = Math.scalb(1.0, MIN_EXPONENT);

  private static final double[] OCTAVE_BOUNDS = octaveBounds();

  /// The newest exchange whose duration is in a bucket; it becomes the exemplar of the bucket.
  ///
  /// @param id trace id, which is also in the access log
  /// @param endedMillis end of the exchange in Unix milliseconds
  record Trace(String id, double seconds, long endedMillis) {}

  private final long[] classic = new long[BOUNDS.length + 1];
  private final @Nullable Trace[] traces = new Trace[BOUNDS.length + 1];
  private final long[] positive = new long[(MAX_EXPONENT - MIN_EXPONENT) * PER_OCTAVE + 1];
  private long zero;
  private long count;
  private double sum;

  /// Returns the upper bounds of the native buckets between 1 (exclusive) and 2 (inclusive).
  private static double[] octaveBounds() {
    var bounds = new double[PER_OCTAVE];
    for (int i = 0; i < PER_OCTAVE; i++) {
      bounds[i] = Math.pow(2, (i + 1) / (double) PER_OCTAVE);
    }
    return bounds;
  }

  /// The durations at one moment. Immutable.
  ///
  /// @param classic number of durations in each classic bucket, not cumulative; the last bucket is
  ///   +Inf
  /// @param traces newest trace of each classic bucket, or null
  /// @param positive number of durations in each native bucket, beginning with the one above the
  ///   zero bucket
  record Snapshot(
      long count,
      double sum,
      long[] classic,
      @Nullable Trace[] traces,
      long zero,
      long[] positive) {}

  synchronized void add(double seconds, @Nullable Trace trace) {
    count++;
    sum += seconds;
    int found = Arrays.binarySearch(BOUNDS, seconds);
    int bucket = found >= 0 ? found : -found - 1;
    classic[bucket]++;
    if (trace != null) {
      traces[bucket] = trace;
    }
    if (seconds <= ZERO_THRESHOLD) {
      zero++;
    } else {
      positive[nativeBucket(seconds)]++;
    }
  }

  /// Returns the index of a duration's bucket in `positive`.
  private static int nativeBucket(double seconds) {
    int exponent = Math.getExponent(seconds);
    double fraction = seconds / Math.scalb(1.0, exponent);
    int indexInOctave;
    if (fraction == 1) { // a power of two is the upper bound of the bucket below
      indexInOctave = -1;
    } else {
      int found = Arrays.binarySearch(OCTAVE_BOUNDS, fraction);
      indexInOctave = found >= 0 ? found : -found - 1;
    }
    int index = (exponent - MIN_EXPONENT) * PER_OCTAVE + indexInOctave;
    return Math.clamp(index, 0, (MAX_EXPONENT - MIN_EXPONENT) * PER_OCTAVE);
  }

  synchronized Snapshot snapshot() {
    return new Snapshot(count, sum, classic.clone(), traces.clone(), zero, positive.clone());
  }

  /// Writes the fields of `io.prometheus.client.Histogram`.
  static void write(Snapshot snapshot, ProtoWriter message) {
    message.int64(1, snapshot.count()).float64(2, snapshot.sum());
    long total = 0;
    for (int i = 0; i < snapshot.classic().length; i++) {
      total += snapshot.classic()[i];
      long cumulative = total;
      double bound = i < BOUNDS.length ? BOUNDS[i] : Double.POSITIVE_INFINITY;
      Trace trace = snapshot.traces()[i];
      message.message(
          3,
          bucket -> {
            bucket.int64(1, cumulative).float64(2, bound);
            if (trace != null) {
              bucket.message(3, exemplar -> write(trace, exemplar));
            }
          });
    }
    message.sint64(5, SCHEMA).float64(6, ZERO_THRESHOLD).int64(7, snapshot.zero());
    writeNative(snapshot.positive(), message);
  }

  /// Writes the fields of `io.prometheus.client.Exemplar`.
  private static void write(Trace trace, ProtoWriter message) {
    message
        .message(1, label -> label.string(1, TRACE_ID).string(2, trace.id()))
        .float64(2, trace.seconds())
        .message(
            3,
            time ->
                time.int64(1, Math.floorDiv(trace.endedMillis(), 1000))
                    .int64(2, Math.floorMod(trace.endedMillis(), 1000) * 1_000_000L));
  }

  private static void writeNative(long[] positive, ProtoWriter message) {
    var deltas = new long[positive.length];
    int size = 0;
    long previousCount = 0;
    int first = MIN_EXPONENT * PER_OCTAVE + 1; // index of the first bucket above the zero bucket
    // The offset of a span counts from the end of the previous span; the first counts from index 0.
    int end = 0;
    for (int i = 0; i < positive.length; ) {
      if (positive[i] == 0) {
        i++;
        continue;
      }
      int from = i;
      while (i < positive.length && positive[i] != 0) {
        deltas[size++] = positive[i] - previousCount;
        previousCount = positive[i];
        i++;
      }
      int offset = first + from - end;
      int length = i - from;
      message.message(12, span -> span.sint64(1, offset).int64(2, length));
      end = first + i;
    }
    if (size == 0) {
      message.message(12, _ -> {}); // an empty span marks a native histogram
    }
    message.sint64s(13, Arrays.copyOf(deltas, size));
  }
}
