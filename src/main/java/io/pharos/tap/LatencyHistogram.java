package io.pharos.tap;

import io.pharos.bytes.protobuf.ProtoWriter;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Request durations for one label set, in classic buckets and in native buckets of schema 3 (each
/// bound is 9 % above the one before) from 1 µs to 18 h. Thread-safe.
final class LatencyHistogram {
  /// The upper bounds of the classic buckets in seconds, as in client_golang.
  static final double[] BOUNDS = {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};

  static final int SCHEMA = 3;

  /// Name of the exemplar label that Grafana expects.
  static final String TRACE_ID = "trace_id";

  private static final int PER_OCTAVE = 1 << SCHEMA;
  private static final int LEAST_EXPONENT = -20;
  private static final int MAX_EXPONENT = 16;

  /// Upper bound of the zero bucket in seconds.
  static final double ZERO_THRESHOLD = Math.scalb(1.0, LEAST_EXPONENT);

  private static final double[] FRACTIONS = fractions();

  /// The newest exchange of a bucket.
  ///
  /// @param id trace id, which is also in the access log
  /// @param endedMillis end of the exchange in Unix milliseconds
  record Trace(String id, double seconds, long endedMillis) {}

  private final long[] classic = new long[BOUNDS.length + 1];
  private final @Nullable Trace[] traces = new Trace[BOUNDS.length + 1];
  private final long[] positive = new long[(MAX_EXPONENT - LEAST_EXPONENT) * PER_OCTAVE + 1];
  private long zero;
  private long count;
  private double sum;

  /// Returns the upper bounds of the native buckets between 1 (exclusive) and 2 (inclusive).
  private static double[] fractions() {
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
      positive[slot(seconds)]++;
    }
  }

  /// Returns the index of a duration's bucket in `positive`.
  private static int slot(double seconds) {
    int exponent = Math.getExponent(seconds);
    double fraction = seconds / Math.scalb(1.0, exponent);
    int within;
    if (fraction == 1) { // a power of two is in the bucket below, as its upper bound
      within = -1;
    } else {
      int found = Arrays.binarySearch(FRACTIONS, fraction);
      within = found >= 0 ? found : -found - 1;
    }
    int slot = (exponent - LEAST_EXPONENT) * PER_OCTAVE + within;
    return Math.clamp(slot, 0, (MAX_EXPONENT - LEAST_EXPONENT) * PER_OCTAVE);
  }

  synchronized Snapshot snapshot() {
    return new Snapshot(count, sum, classic.clone(), traces.clone(), zero, positive.clone());
  }

  /// Writes the fields of `io.prometheus.client.Histogram`.
  static void write(Snapshot it, ProtoWriter message) {
    message.int64(1, it.count()).float64(2, it.sum());
    long below = 0;
    for (int i = 0; i < it.classic().length; i++) {
      below += it.classic()[i];
      long cumulative = below;
      double bound = i < BOUNDS.length ? BOUNDS[i] : Double.POSITIVE_INFINITY;
      Trace trace = it.traces()[i];
      message.message(
          3,
          bucket -> {
            bucket.int64(1, cumulative).float64(2, bound);
            if (trace != null) {
              bucket.message(3, exemplar -> write(trace, exemplar));
            }
          });
    }
    message.sint64(5, SCHEMA).float64(6, ZERO_THRESHOLD).int64(7, it.zero());
    writeNative(it.positive(), message);
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
    long before = 0;
    int first = LEAST_EXPONENT * PER_OCTAVE + 1; // index of the first bucket above the zero bucket
    int end =
        0; // an offset counts from the end of the previous span; the first counts from index 0
    for (int i = 0; i < positive.length; ) {
      if (positive[i] == 0) {
        i++;
        continue;
      }
      int from = i;
      while (i < positive.length && positive[i] != 0) {
        deltas[size++] = positive[i] - before;
        before = positive[i];
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
