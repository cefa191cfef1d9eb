package io.pharos.remote.otlp;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Scope;
import io.opentelemetry.exporter.internal.otlp.metrics.MetricsRequestMarshaler;
import io.opentelemetry.exporter.otlp.http.metrics.OtlpHttpMetricExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentSelector;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.View;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.AggregationTemporalitySelector;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.metrics.export.PeriodicMetricReader;
import io.opentelemetry.sdk.resources.Resource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Pushes of an application with OpenTelemetry's own SDK for Java.
class OtlpSdkTest {
  private static final AttributeKey<String> KIND = AttributeKey.stringKey("kind");
  private static final Attributes GIFT = Attributes.of(KIND, "gift");

  private static SdkMeterProvider provider(
      String url, String compression, AggregationTemporalitySelector temporality) {
    OtlpHttpMetricExporter exporter =
        OtlpHttpMetricExporter.builder()
            .setEndpoint(url)
            .setCompression(compression)
            .setAggregationTemporalitySelector(temporality)
            .build();
    return provider(exporter);
  }

  private static SdkMeterProvider provider(MetricExporter exporter) {
    return SdkMeterProvider.builder()
        .setResource(
            Resource.create(
                Attributes.builder()
                    .put("service.name", "backend")
                    .put("service.namespace", "remotegpu")
                    .put("service.instance.id", "backend-1")
                    .put("host.name", "node-01")
                    .put("process.command_args", "a", "b")
                    .build()))
        .registerView(
            InstrumentSelector.builder().setType(InstrumentType.HISTOGRAM).setName("size").build(),
            View.builder()
                .setAggregation(Aggregation.base2ExponentialBucketHistogram(160, 3))
                .build())
        .registerMetricReader(
            PeriodicMetricReader.builder(exporter).setInterval(Duration.ofHours(1)).build())
        .build();
  }

  private static void push(SdkMeterProvider provider, ReceivingEnd end, String encoding)
      throws InterruptedException {
    // The reader reports completion a moment before it can collect again.
    long latest = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!provider.forceFlush().join(30, TimeUnit.SECONDS).isSuccess()) {
      assertThat(System.nanoTime()).as("pushed within 30 s").isLessThan(latest);
    }
    ReceivingEnd.Received received = end.next();
    assertThat(received.type()).isEqualTo("application/x-protobuf");
    assertThat(received.encoding()).isEqualTo(encoding);
    assertThat(received.outcome()).isEqualTo(new OtlpReceiver.Outcome.Stored(0, List.of()));
  }

  private static Set<String> of(Set<String> series, String name) {
    return series.stream()
        .filter(it -> it.contains("__name__=" + name + ","))
        .map(it -> it.replaceFirst("__name__=.*?, ", "").replace("otel_scope_name=shop, ", ""))
        .collect(toCollection(TreeSet::new));
  }

  @ParameterizedTest
  @CsvSource({"none, '', false", "gzip, gzip, false", "none, '', true", "gzip, gzip, true"})
  void instruments_ofEachKind_areStored(String compression, String encoding, boolean isDelta)
      throws Exception {
    try (var end = new ReceivingEnd();
        var provider =
            provider(
                end.open(),
                compression,
                isDelta
                    ? AggregationTemporalitySelector.deltaPreferred()
                    : AggregationTemporalitySelector.alwaysCumulative())) {
      Meter meter = provider.get("shop");
      var orders = meter.counterBuilder("orders").build();
      var workers = meter.upDownCounterBuilder("workers").build();
      meter
          .gaugeBuilder("temperature")
          .setUnit("Cel")
          .buildWithCallback(it -> it.record(21.5, GIFT));
      var duration =
          meter
              .histogramBuilder("request.duration")
              .setUnit("s")
              .setExplicitBucketBoundariesAdvice(List.of(0.1, 1.0))
              .build();
      var size = meter.histogramBuilder("size").setUnit("By").build();

      for (int i = 0; i < 2; i++) { // the second adds to the first, with either temporality
        orders.add(3, GIFT);
        workers.add(i == 0 ? 5 : -2);
        duration.record(0.25);
        size.record(1);
        size.record(4);
        push(provider, end, encoding);
      }

      Set<String> series = end.series();
      String job = "instance=backend-1, job=remotegpu/backend";
      assertThat(of(series, "orders_total")).containsExactly("{" + job + ", kind=gift} 6");
      assertThat(of(series, "workers")).containsExactly("{" + job + "} 3");
      assertThat(of(series, "temperature_celsius"))
          .containsExactly("{" + job + ", kind=gift} 21.5");
      assertThat(of(series, "request_duration_seconds_bucket"))
          .containsExactly(
              "{" + job + ", le=+Inf} 2", "{" + job + ", le=0.1} 0", "{" + job + ", le=1} 2");
      assertThat(of(series, "request_duration_seconds_sum")).containsExactly("{" + job + "} 0.5");
      assertThat(of(series, "request_duration_seconds_count")).containsExactly("{" + job + "} 2");
      assertThat(of(series, "size_bytes")).singleElement().asString().contains("count:4", "sum:10");
      assertThat(of(series, "target_info"))
          .singleElement()
          .asString()
          .contains("host_name=node-01", "process_command_args=[\"a\",\"b\"]", job)
          .endsWith(" 1");
    }
  }

  /// The plain store keeps no exemplars.
  @Test
  void exemplarThatTheStoreDoesNotKeep_isCounted_andTheSampleStays() throws Exception {
    try (var end = new ReceivingEnd();
        var provider =
            provider(end.open(), "none", AggregationTemporalitySelector.alwaysCumulative())) {
      var orders = provider.get("shop").counterBuilder("orders").build();
      SpanContext span =
          SpanContext.create(
              "4bf92f3577b34da6a3ce929d0e0e4736",
              "00f067aa0ba902b7",
              TraceFlags.getSampled(),
              TraceState.getDefault());
      try (Scope _ = Span.wrap(span).makeCurrent()) {
        orders.add(1, GIFT);
      }
      push(provider, end, "");
      assertThat(end.registry.counter("pharos_otlp_exemplars_dropped").count()).isEqualTo(1);
      assertThat(of(end.series(), "orders_total")).hasSize(1);
    }
  }

  /// Sends the SDK's JSON to one receiver and its protobuf to another.
  private record Both(ReceivingEnd json, ReceivingEnd protobuf) implements MetricExporter {
    @Override
    public CompletableResultCode export(Collection<MetricData> metrics) {
      var marshaler = MetricsRequestMarshaler.create(metrics);
      var text = new ByteArrayOutputStream();
      var bytes = new ByteArrayOutputStream();
      try {
        marshaler.writeJsonTo(text);
        marshaler.writeBinaryTo(bytes);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      var whole = new OtlpReceiver.Outcome.Stored(0, List.of());
      assertThat(json.receiver.receive("ann", "application/json", "", text.toByteArray()))
          .isEqualTo(whole);
      assertThat(
              protobuf.receiver.receive("ann", "application/x-protobuf", "", bytes.toByteArray()))
          .isEqualTo(whole);
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public AggregationTemporality getAggregationTemporality(InstrumentType type) {
      return AggregationTemporality.CUMULATIVE;
    }
  }

  @Test
  void json_isStoredAsProtobufIs() throws Exception {
    try (var json = new ReceivingEnd();
        var protobuf = new ReceivingEnd();
        var provider = provider(new Both(json, protobuf))) {
      Meter meter = provider.get("shop");
      meter
          .counterBuilder("orders")
          .build()
          .add(
              9_007_199_254_740_993L,
              Attributes.builder()
                  .put("text", "a\"ö")
                  .put("empty", "")
                  .put("no", false)
                  .put("zero", 0)
                  .put("half", 0.5)
                  .put("many", "x", "y")
                  .build());
      meter.upDownCounterBuilder("workers").build().add(-2);
      meter.gaugeBuilder("broken").buildWithCallback(it -> it.record(Double.NaN));
      meter.gaugeBuilder("endless").buildWithCallback(it -> it.record(Double.NEGATIVE_INFINITY));
      var duration = meter.histogramBuilder("request.duration").setUnit("s").build();
      duration.record(0);
      var size = meter.histogramBuilder("size").setUnit("By").build();
      size.record(0);
      size.record(1e-9);
      size.record(4);
      assertThat(provider.forceFlush().join(30, TimeUnit.SECONDS).isSuccess()).isTrue();

      assertThat(json.series()).hasSizeGreaterThan(10).isEqualTo(protobuf.series());
      assertThat(of(json.series(), "request_duration_seconds_sum")).hasSize(1);
    }
  }
}
