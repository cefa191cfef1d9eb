package io.pharos.remote.write;

import io.pharos.bytes.protobuf.ProtoWriter;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The samples of one request, in the order in which they were appended.
final class WriteBatch {
  private record Sample(
      Labels labels, long timestampMillis, double value, @Nullable Histogram histogram) {}

  private final List<Sample> samples = new ArrayList<>();

  /// Completed when the server accepted or rejected the batch, or when no one should wait for it.
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

  /// The message `WriteRequest` of Remote Write 1.0 (prometheus `prompb/remote.proto`), with one
  /// series per sample.
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
              series.message(
                  4, message -> HistogramMessage.write(message, sample.timestampMillis, histogram));
            }
          });
    }
    return request.toByteArray();
  }
}
