package io.pharos.remote.write;

import io.pharos.bytes.protobuf.ProtoWriter;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;

/// Writes native histograms with float counts as the message `Histogram` of prometheus
/// `prompb/types.proto`, which Remote Write and Remote Read share.
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
        .int64(
            14,
            switch (histogram.hint()) {
              case UNKNOWN -> 0;
              case RESET -> 1;
              case NOT_RESET -> 2;
              case GAUGE -> 3;
            })
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
}
