package io.pharos.remote.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Exemplar;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogram;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Histogram;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.Sum;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.remote.write.ReceivedMetadata;
import io.pharos.tsdb.Tsdb;
import io.pharos.tsdb.TsdbOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Exemplars of OTLP, in a store that keeps them.
class OtlpExemplarTest {
  private static final long T = OtlpRequests.NOW.toEpochMilli();
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String SPAN = "00f067aa0ba902b7";

  @TempDir private Path directory;
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private Tsdb store;
  private OtlpReceiver receiver;

  @BeforeEach
  void open() throws IOException {
    store = Tsdb.open(directory, TsdbOptions.defaults(), () -> OtlpRequests.NOW, registry);
    receiver =
        new OtlpReceiver(
            store,
            new ReceivedMetadata(),
            () -> new OtlpReceiver.Settings(List.of(), true, false),
            () -> OtlpRequests.NOW,
            MemoryBounds.unbounded(),
            registry);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private void receive(Metric.Builder metric) {
    assertThat(
            receiver.receive(
                "ann",
                "application/x-protobuf",
                "",
                OtlpRequests.request(List.of(), metric.build()).toByteArray()))
        .isEqualTo(new OtlpReceiver.Outcome.Stored(0, List.of()));
  }

  /* Times relative to now. */
  private List<String> stored() {
    var texts = new ArrayList<String>();
    for (var series : store.exemplars().select(List.of(List.of()), 0, Long.MAX_VALUE)) {
      for (var one : series.exemplars()) {
        texts.add(
            "%s%s %s %s@%d"
                .formatted(
                    series.labels().metricName(),
                    series.labels().withoutMetricName(),
                    one.labels(),
                    one.value(),
                    one.timestampMillis() - T));
      }
    }
    return texts;
  }

  private static Exemplar.Builder exemplar(double value, long millisFromNow) {
    return Exemplar.newBuilder()
        .setAsDouble(value)
        .setTimeUnixNano((T + millisFromNow) * 1_000_000);
  }

  private static Exemplar.Builder traced(Exemplar.Builder exemplar) {
    return exemplar
        .setTraceId(ByteString.copyFrom(HexFormat.of().parseHex(TRACE)))
        .setSpanId(ByteString.copyFrom(HexFormat.of().parseHex(SPAN)));
  }

  private static Metric.Builder sum(Exemplar.Builder... exemplars) {
    var point = NumberDataPoint.newBuilder().setTimeUnixNano(T * 1_000_000).setAsInt(5);
    for (Exemplar.Builder one : exemplars) {
      point.addExemplars(one);
    }
    return Metric.newBuilder()
        .setName("c")
        .setSum(
            Sum.newBuilder()
                .setIsMonotonic(true)
                .setAggregationTemporality(
                    AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE)
                .addDataPoints(point));
  }

  @Test
  void number_hasItsIdsAndAttributes_inTheOrderOfTimes() {
    receive(
        sum(
            traced(exemplar(2, -1)).addFilteredAttributes(OtlpRequests.attribute("user.id", "7")),
            Exemplar.newBuilder()
                .setAsInt(3)
                .setTraceId(ByteString.copyFrom(new byte[16]))
                .setTimeUnixNano((T - 2) * 1_000_000)));
    assertThat(stored())
        .containsExactly(
            "c_total{} {} 3.0@-2",
            "c_total{} {span_id=\"%s\", trace_id=\"%s\", \"user.id\"=\"7\"} 2.0@-1"
                .formatted(SPAN, TRACE));
  }

  @Test
  void attributesThatAreTooLong_areDroppedForTheIds() {
    receive(
        sum(
            traced(exemplar(2, 0))
                .addFilteredAttributes(OtlpRequests.attribute("long", "x".repeat(80)))));
    assertThat(stored())
        .containsExactly(
            "c_total{} {span_id=\"%s\", trace_id=\"%s\"} 2.0@0".formatted(SPAN, TRACE));
  }

  @Test
  void histogram_hasThemInTheirBuckets() {
    receive(
        Metric.newBuilder()
            .setName("h")
            .setHistogram(
                Histogram.newBuilder()
                    .setAggregationTemporality(
                        AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE)
                    .addDataPoints(
                        HistogramDataPoint.newBuilder()
                            .setTimeUnixNano(T * 1_000_000)
                            .setCount(4)
                            .setSum(9)
                            .addExplicitBounds(1)
                            .addExplicitBounds(2)
                            .addBucketCounts(1)
                            .addBucketCounts(1)
                            .addBucketCounts(2)
                            .addExemplars(exemplar(7, -3))
                            .addExemplars(exemplar(1, -2))
                            .addExemplars(exemplar(1.5, -1))
                            .addExemplars(Exemplar.newBuilder().setAsDouble(-1)))));
    assertThat(stored())
        .containsExactly(
            "h_bucket{le=\"+Inf\"} {} 7.0@-3",
            "h_bucket{le=\"1\"} {} 1.0@-2",
            "h_bucket{le=\"1\"} {} -1.0@0",
            "h_bucket{le=\"2\"} {} 1.5@-1");
  }

  @Test
  void nativeHistogram_hasThoseWithTimes_andCountsWhatIsNotKept() {
    var point =
        ExponentialHistogramDataPoint.newBuilder()
            .setTimeUnixNano(T * 1_000_000)
            .setCount(1)
            .setZeroCount(1)
            .addExemplars(exemplar(2, -1))
            .addExemplars(exemplar(1, -1))
            .addExemplars(Exemplar.newBuilder().setAsDouble(3));
    var metric =
        Metric.newBuilder()
            .setName("n")
            .setExponentialHistogram(
                ExponentialHistogram.newBuilder()
                    .setAggregationTemporality(
                        AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE)
                    .addDataPoints(point));
    receive(metric);
    assertThat(stored()).containsExactly("n{} {} 1.0@-1", "n{} {} 2.0@-1");
    assertThat(registry.get("pharos_otlp_exemplars_dropped").counter().count())
        .as("one has no time")
        .isEqualTo(1);
    receive(metric);
    assertThat(stored()).hasSize(2);
    assertThat(registry.get("pharos_otlp_exemplars_dropped").counter().count())
        .as("the first of two was before the newest, which is there already")
        .isEqualTo(3);
  }

  @Test
  void json_hasIdsInHexadecimal() {
    String point =
        """
        {"timeUnixNano":"%1$d","asInt":"5","exemplars":[{"timeUnixNano":"%1$d","asDouble":0.5,
         "traceId":"%2$s","spanId":"%3$s","filteredAttributes":[{"key":"k","value":{"intValue":"1"}}]}]}
        """
            .formatted(T * 1_000_000, TRACE.toUpperCase(java.util.Locale.ROOT), SPAN);
    String request =
        """
        {"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"c","sum":
         {"isMonotonic":true,"aggregationTemporality":2,"dataPoints":[%s]}}]}]}]}
        """
            .formatted(point);
    assertThat(
            receiver.receive(
                "ann", "application/json", "", request.getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(new OtlpReceiver.Outcome.Stored(0, List.of()));
    assertThat(stored())
        .containsExactly(
            "c_total{} {k=\"1\", span_id=\"%s\", trace_id=\"%s\"} 0.5@0".formatted(SPAN, TRACE));
    assertThat(
            receiver.receive(
                "ann",
                "application/json",
                "",
                request.replace(SPAN, "no hex").getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(OtlpReceiver.Outcome.Malformed.class);
  }
}
