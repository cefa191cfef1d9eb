package io.pharos.server.api.prometheus;

import io.pharos.bytes.protobuf.ProtoWriter;
import io.pharos.model.GoFloat;
import io.pharos.model.LabelName;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.Histogram.Buckets;
import io.pharos.model.histogram.ResetHint;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Builds an answer of `/federate` in one of its formats. Each sample gets the external labels that
/// its series lacks.
abstract sealed class FederationPage {
  private final SortedMap<String, String> external;
  private final boolean utf8;

  /// The last sample of a series.
  ///
  /// @param value undefined if there is a histogram
  record Sample(long timestampMillis, double value, @Nullable Histogram histogram) {}

  /// @param utf8 whether the reader accepts UTF-8 names, as Prometheus 3 does
  FederationPage(Labels external, boolean utf8) {
    this.external = new TreeMap<>(external.toMap());
    // An empty label prevents the scraping server from setting its own.
    this.external.putIfAbsent("instance", "");
    this.utf8 = utf8;
  }

  /// Adds the sample of a series. Series of one name must be added consecutively; a series without
  /// a name is skipped.
  abstract void add(Labels labels, Sample sample);

  abstract byte[] bytes();

  abstract String contentType();

  /// Receives labels.
  interface LabelSink {
    void label(String name, String value);
  }

  /// Passes the labels of a series except its name, and the external labels that it lacks.
  void eachLabel(Labels labels, LabelSink sink) {
    labels.withoutMetricName().forEach(sink::label);
    external.forEach(
        (name, value) -> {
          if (!labels.has(name)) {
            sink.label(name, value);
          }
        });
  }

  /// Whether a metric's name is written unescaped although it is not a legacy name.
  boolean isUnusual(String metricName) {
    return utf8 && !LabelName.isLegacyMetric(metricName);
  }

  /// A metric's name in the form that the reader accepts, without quotes.
  String metric(String name) {
    return utf8 ? name : legacy(name, true);
  }

  /// A label's name in the form that the reader accepts, without quotes.
  String label(String name) {
    return utf8 ? name : legacy(name, false);
  }

  private static String legacy(String name, boolean metric) {
    var replaced = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
      boolean legal = letter || (metric && c == ':') || (i > 0 && c >= '0' && c <= '9');
      replaced.append(legal ? c : '_');
    }
    return replaced.toString();
  }

  /// Prometheus' text format, version 0.0.4, without native histograms.
  static final class Text extends FederationPage {
    private final StringBuilder out = new StringBuilder();
    private String family = "";

    Text(Labels external, boolean utf8) {
      super(external, utf8);
    }

    @Override
    void add(Labels labels, Sample sample) {
      String name = labels.metricName();
      if (name.isEmpty() || sample.histogram() != null) {
        return;
      }
      boolean quoted = isUnusual(name);
      String written = quoted ? Quoted.of(name) : metric(name);
      if (!name.equals(family)) {
        out.append("# TYPE ").append(written).append(" untyped\n");
        family = name;
      }
      out.append(quoted ? "{" + written + "," : written + "{");
      eachLabel(labels, this::writeLabel);
      out.setCharAt(out.length() - 1, '}');
      out.append(' ')
          .append(GoFloat.general(sample.value()))
          .append(' ')
          .append(sample.timestampMillis())
          .append('\n');
    }

    /* There is at least one label, so a brace replaces the last comma. */
    private void writeLabel(String name, String value) {
      String known = label(name);
      out.append(LabelName.isLegacy(known) ? known : Quoted.of(known))
          .append("=\"")
          .append(value.replace("\\", "\\\\").replace("\n", "\\n").replace("\"", "\\\""))
          .append("\",");
    }

    @Override
    byte[] bytes() {
      return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    String contentType() {
      return "text/plain; version=0.0.4; charset=utf-8";
    }
  }

  /// Prometheus' protobuf format: length-delimited `io.prometheus.client.MetricFamily` messages
  /// with the field numbers of `metrics.proto`.
  ///
  /// A name with floats and histograms, or with counter and gauge histograms, becomes one family of
  /// each kind, as in Prometheus. The format can't express histograms with custom bounds; they are
  /// left out.
  static final class Protobuf extends FederationPage {
    private static final int UNTYPED = 3;
    private static final int HISTOGRAM = 4;
    private static final int GAUGE_HISTOGRAM = 5;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final List<byte[]> metrics = new ArrayList<>();
    private String family = "";
    private int type;

    Protobuf(Labels external, boolean utf8) {
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
          (label, value) ->
              metric.message(1, pair -> pair.string(1, label(label)).string(2, value)));
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
}
