package io.pharos.server.api.prometheus;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.pharos.access.CorsOrigin;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.limits.work.WorkPool;
import io.pharos.remote.otlp.OtlpReceiver;
import io.pharos.remote.write.ReceivedMetadata;
import io.pharos.server.api.ApiSwitches;
import io.pharos.server.api.QueryWork;
import io.pharos.storage.InMemoryStorage;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OtlpResourceTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final String TYPE = "application/x-protobuf";

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final WorkPool pool = new WorkPool("writes", new WorkPool.Size(1, 10), registry);
  private final OtlpReceiver receiver =
      new OtlpReceiver(
          new InMemoryStorage(),
          new ReceivedMetadata(),
          () -> new OtlpReceiver.Settings(List.of(), true, false),
          () -> NOW,
          MemoryBounds.unbounded(),
          registry);

  @AfterEach
  void close() {
    pool.close();
  }

  private OtlpResource resource() {
    return new OtlpResource(
        receiver,
        new ApiSwitches(false, true, CorsOrigin.ANY),
        new WriteWork(new QueryWork(pool, Duration.ofSeconds(30), System::nanoTime)));
  }

  /// A gauge with points at these times.
  static byte[] request(Instant... times) {
    var gauge = Gauge.newBuilder();
    for (Instant time : times) {
      gauge.addDataPoints(
          NumberDataPoint.newBuilder()
              .setTimeUnixNano(time.toEpochMilli() * 1_000_000)
              .setAsDouble(1));
    }
    return ExportMetricsServiceRequest.newBuilder()
        .addResourceMetrics(
            ResourceMetrics.newBuilder()
                .addScopeMetrics(
                    ScopeMetrics.newBuilder()
                        .addMetrics(Metric.newBuilder().setName("g").setGauge(gauge))))
        .build()
        .toByteArray();
  }

  @Test
  void points_thatAreStored_areAnsweredByTheEmptyMessage() {
    Response response = resource().write("ann", TYPE, null, request(NOW));
    assertThat(response.getStatus()).isEqualTo(200);
    assertThat(response.getMediaType()).hasToString(TYPE);
    assertThat((byte[]) response.getEntity()).isEmpty();
  }

  @Test
  void points_ofWhichSomeAreRefused_areAPartialSuccess() throws Exception {
    Response response = resource().write("ann", TYPE, "", request(NOW, NOW.minusSeconds(60)));
    assertThat(response.getStatus()).isEqualTo(200);
    var partial =
        ExportMetricsServiceResponse.parseFrom((byte[]) response.getEntity()).getPartialSuccess();
    assertThat(partial.getRejectedDataPoints()).isEqualTo(1);
    assertThat(partial.getErrorMessage()).startsWith("out of order sample");
  }

  @Test
  void requests_thatAreNone_areRefused() {
    assertThat(resource().write("ann", TYPE, "", new byte[] {10, 99}).getStatus()).isEqualTo(400);
    assertThat(resource().write("ann", "text/plain", "", new byte[0]).getStatus()).isEqualTo(415);
  }

  private static byte[] json(Instant... times) {
    String points =
        Arrays.stream(times)
            .map(
                time ->
                    "{\"timeUnixNano\":\"%d000000\",\"asDouble\":1}".formatted(time.toEpochMilli()))
            .collect(joining(","));
    return """
        {"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"g","gauge":{"dataPoints":[%s]}}]}]}]}
        """
        .formatted(points)
        .getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void requests_ofJson_areAnsweredByJson() {
    Response whole = resource().write("ann", "application/json; charset=utf-8", "", json(NOW));
    assertThat(whole.getStatus()).isEqualTo(200);
    assertThat(whole.getMediaType()).hasToString("application/json");
    assertThat(whole.getEntity()).isEqualTo("{}");
    Response partly =
        resource()
            .write("ann", "application/json", "", json(NOW.plusSeconds(1), NOW.minusSeconds(60)));
    assertThat(partly.getStatus()).isEqualTo(200);
    assertThat((String) partly.getEntity())
        .startsWith(
            "{\"partialSuccess\":{\"rejectedDataPoints\":\"1\",\"errorMessage\":\"out of order sample");
    Response none = resource().write("ann", "application/json", "", new byte[] {'['});
    assertThat(none.getStatus()).isEqualTo(400);
    assertThat((String) none.getEntity())
        .startsWith("{\"message\":\"not OTLP JSON: expected an object");
  }
}
