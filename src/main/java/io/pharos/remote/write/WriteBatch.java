package io.pharos.remote.write;

import io.pharos.bytes.protobuf.ProtoWriter;
import io.pharos.model.Labels;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Samples that go to the remote server in one request, in the order of their appending.
final class WriteBatch {
  private record Sample(
      Labels labels, long timestampMillis, double value, @Nullable Histogram histogram) {}

  private final List<Sample> samples = new ArrayList<>();

  /// Completed when the server took the batch, refused it, or nothing more will be tried.
  private final CompletableFuture<Void> settled = new CompletableFuture<>();

  void add(Labels labels, long timestampMillis, double value) {
    samples.add(new Sample(labels, timestampMillis, value, null));
  }

  void add(Labels labels, long timestampMillis, Histogram histogram) {
    samples.add(new Sample(labels, timestampMillis, Double.NaN, histogram));
  }

  int size() {
    return samples.size();
  }

  CompletableFuture<Void> settled() {
    return settled;
  }

  /// The message `WriteRequest` of Remote Write 1.0 (prometheus `prompb/remote.proto`), a series
  /// per sample.
  byte[] message() {
    var request = new ProtoWriter();
    for (Sample sample : samples) {
      request.message(
          1,
          series -> {
            for (var label : sample.labels.toMap().entrySet()) {
              series.message(1, pair -> pair.string(1, label.getKey()).string(2, label.getValue()));
            }
            Histogram histogram = sample.histogram;
            if (histogram == null) {
              series.message(
                  2, point -> point.float64(1, sample.value).int64(2, sample.timestampMillis));
            } else {
              series.message(4, message -> write(message, histogram, sample.timestampMillis));
            }
          });
    }
    return request.toByteArray();
  }

  private static void write(ProtoWriter message, Histogram histogram, long timestampMillis) {
    message
        .float64(2, histogram.count())
        .float64(3, histogram.sum())
        .sint64(4, histogram.schema())
        .float64(5, histogram.zeroThreshold())
        .float64(7, histogram.zeroCount());
    histogram.negative().spans().forEach(span -> write(message, 8, span));
    message.float64s(10, histogram.negative().counts());
    histogram.positive().spans().forEach(span -> write(message, 11, span));
    message
        .float64s(13, histogram.positive().counts())
        .int64(14, number(histogram.hint()))
        .int64(15, timestampMillis)
        .float64s(16, histogram.customValues());
  }

  private static void write(ProtoWriter message, int field, BucketSpan span) {
    message.message(field, written -> written.sint64(1, span.offset()).int64(2, span.length()));
  }

  private static int number(ResetHint hint) {
    return switch (hint) {
      case UNKNOWN -> 0;
      case RESET -> 1;
      case NOT_RESET -> 2;
      case GAUGE -> 3;
    };
  }
}
