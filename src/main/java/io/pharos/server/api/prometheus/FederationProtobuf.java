package io.pharos.server.api.prometheus;

import io.pharos.bytes.protobuf.ProtoWriter;
import io.pharos.model.Labels;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.Histogram.Buckets;
import io.pharos.model.histogram.ResetHint;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/// Prometheus' protobuf format: length-delimited `io.prometheus.client.MetricFamily` messages with
/// the field numbers of `metrics.proto`.
///
/// A name with floats and histograms, or with counter and gauge histograms, becomes one family of
/// each kind, as in Prometheus. The format can't express histograms with custom bounds; they are
/// left out.
final class FederationProtobuf extends FederationPage {
  private static final int UNTYPED = 3;
  private static final int HISTOGRAM = 4;
  private static final int GAUGE_HISTOGRAM = 5;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final List<byte[]> metrics = new ArrayList<>();
  private String family = "";
  private int type;

  FederationProtobuf(Labels external, boolean utf8) {
    super(external, utf8);
  }

  @Override
  void add(Labels labels, Sample sample) {
    String name = labels.metricName();
    Histogram histogram = sample.histogram();
    if (name.isEmpty() || (histogram != null && histogram.hasCustomBuckets())) {
      return;
    }
    int kind = histogram == null ? UNTYPED : kind(histogram);
    if (!name.equals(family) || kind != type) {
      endFamily();
      family = name;
      type = kind;
    }
    var metric = new ProtoWriter();
    eachLabel(
        labels,
        (label, value) -> metric.message(1, pair -> pair.string(1, label(label)).string(2, value)));
    if (histogram == null) {
      metric.message(5, untyped -> untyped.float64(1, sample.value()));
    }
    metric.int64(6, sample.timestampMillis());
    if (histogram != null) {
      metric.message(7, message -> write(histogram, message));
    }
    metrics.add(metric.toByteArray());
  }

  private static int kind(Histogram histogram) {
    return histogram.hint() == ResetHint.GAUGE ? GAUGE_HISTOGRAM : HISTOGRAM;
  }

  private static void write(Histogram histogram, ProtoWriter message) {
    message
        .float64(2, histogram.sum())
        .float64(4, histogram.count())
        .sint64(5, histogram.schema())
        .float64(6, histogram.zeroThreshold())
        .float64(8, histogram.zeroCount());
    write(histogram.negative(), message, 9, 11);
    write(histogram.positive(), message, 12, 14);
    if (histogram.positive().spans().isEmpty() && histogram.negative().spans().isEmpty()) {
      // An empty span marks the histogram as native, as client libraries do.
      message.message(12, _ -> {});
    }
  }

  private static void write(Buckets side, ProtoWriter message, int spans, int counts) {
    for (BucketSpan span : side.spans()) {
      message.message(spans, inner -> inner.sint64(1, span.offset()).int64(2, span.length()));
    }
    message.float64s(counts, side.counts());
  }

  private void endFamily() {
    if (metrics.isEmpty()) {
      return;
    }
    var message = new ProtoWriter().string(1, metric(family)).int64(3, type);
    metrics.forEach(metric -> message.bytes(4, metric));
    byte[] bytes = message.toByteArray();
    out.writeBytes(length(bytes.length));
    out.writeBytes(bytes);
    metrics.clear();
  }

  private static byte[] length(int size) {
    var bytes = new ByteArrayOutputStream(5);
    int rest = size;
    while ((rest & ~0x7f) != 0) {
      bytes.write(rest | 0x80);
      rest >>>= 7;
    }
    bytes.write(rest);
    return bytes.toByteArray();
  }

  @Override
  byte[] bytes() {
    endFamily();
    return out.toByteArray();
  }

  @Override
  String contentType() {
    return "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily;"
        + " encoding=delimited";
  }
}
