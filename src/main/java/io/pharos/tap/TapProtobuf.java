package io.pharos.tap;

import io.pharos.bytes.protobuf.ProtoWriter;
import java.util.List;

/// Writes the metrics of a tap as length-delimited `io.prometheus.client.MetricFamily` messages,
/// with the field numbers of Prometheus' `metrics.proto`.
final class TapProtobuf {
  private static final int COUNTER = 0;
  private static final int GAUGE = 1;
  private static final int HISTOGRAM = 4;

  private final TapMeters meters;
  private final ProtoWriter out = new ProtoWriter();

  TapProtobuf(TapMeters meters) {
    this.meters = meters;
  }

  byte[] page() {
    List<TapFamily.Duration> durations = TapFamily.durations(meters);
    var histograms = family(TapFamily.DURATION, TapFamily.DURATION_HELP, HISTOGRAM);
    for (TapFamily.Duration duration : durations) {
      histograms.message(
          4,
          metric -> {
            labels(duration.labels(), metric);
            metric.message(7, histogram -> LatencyHistogram.write(duration.histogram(), histogram));
          });
    }
    if (!durations.isEmpty()) {
      out.delimited(histograms);
    }
    for (TapFamily family : TapFamily.of(meters, durations)) {
      if (!family.samples().isEmpty()) {
        out.delimited(countersOrGauges(family));
      }
    }
    return out.toByteArray();
  }

  private static ProtoWriter countersOrGauges(TapFamily family) {
    int type =
        switch (family.type()) {
          case COUNTER -> COUNTER;
          case GAUGE -> GAUGE;
        };
    ProtoWriter message = family(family.name(), family.help(), type);
    for (TapFamily.Sample sample : family.samples()) {
      message.message(
          4,
          metric -> {
            labels(sample.labels(), metric);
            // field 2 is Gauge, field 3 is Counter; in both, field 1 is the value
            metric.message(type == GAUGE ? 2 : 3, value -> value.float64(1, sample.value()));
          });
    }
    return message;
  }

  private static ProtoWriter family(String name, String help, int type) {
    return new ProtoWriter().string(1, name).string(2, help).int64(3, type);
  }

  private static void labels(List<String> labels, ProtoWriter metric) {
    for (int i = 0; i < labels.size(); i += 2) {
      String name = labels.get(i);
      String value = labels.get(i + 1);
      metric.message(1, pair -> pair.string(1, name).string(2, value));
    }
  }
}
