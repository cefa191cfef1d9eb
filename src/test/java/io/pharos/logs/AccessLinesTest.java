package io.pharos.logs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.tap.AccessEntry;
import io.pharos.tap.QueryText;
import io.pharos.tap.TraceContext;
import io.pharos.tap.UpstreamFault;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class AccessLinesTest {
  private static final LogSettings PLAIN = new LogSettings("remotegpu-tap", "test", null);
  private static final TraceContext TRACE =
      new TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "01", true);

  private static AccessEntry entry(int status, OptionalInt code, UpstreamFault... fault) {
    return new AccessEntry(
        Instant.parse("2026-03-01T10:00:00.123Z"),
        "GET",
        "/api/v1/machines/:id",
        "/api/v1/machines/17",
        QueryText.redacted("token=s3cret&page=2"),
        status,
        code,
        fault.length == 0 ? Optional.empty() : Optional.of(fault[0]),
        fault.length == 0 ? "" : "Connection refused",
        0.0042,
        0,
        48,
        "127.0.0.1",
        "curl/8 Bearer abcdef \"x\"",
        "7d1c",
        TRACE,
        false);
  }

  private static List<JsonNode> written(AccessLines.Extent which, AccessEntry... entries)
      throws Exception {
    var out = new ByteArrayOutputStream();
    try (var lines = new AccessLines(PLAIN, which, out)) {
      for (AccessEntry entry : entries) {
        assertThat(lines.offer(entry)).isTrue();
      }
    }
    var json = new ObjectMapper();
    return out.toString(StandardCharsets.UTF_8)
        .lines()
        .map(
            line -> {
              try {
                return json.readTree(line);
              } catch (java.io.IOException e) {
                throw new AssertionError(line, e);
              }
            })
        .toList();
  }

  @Test
  void line_hasEveryField_andNoSecret() throws Exception {
    JsonNode line = written(AccessLines.Extent.ALL, entry(200, OptionalInt.of(404))).getFirst();
    assertThat(line.path("timestamp").asText()).startsWith("2026-03-01T10:00:00.123");
    assertThat(line.path("level").asText()).isEqualTo("WARN");
    assertThat(line.path("message").asText()).isEqualTo("GET /api/v1/machines/17");
    assertThat(line.path("trace_id").asText()).isEqualTo(TRACE.traceId());
    assertThat(line.path("span_id").asText()).isEqualTo(TRACE.spanId());
    assertThat(line.path("request_id").asText()).isEqualTo("7d1c");
    assertThat(line.path("route").asText()).isEqualTo("/api/v1/machines/:id");
    assertThat(line.path("query").asText()).isEqualTo("token=***&page=2");
    assertThat(line.path("status").isInt()).isTrue();
    assertThat(line.path("code").asInt()).isEqualTo(404);
    assertThat(line.path("seconds").asDouble()).isEqualTo(0.0042);
    assertThat(line.path("response_bytes").asLong()).isEqualTo(48);
    assertThat(line.path("app").asText()).isEqualTo("remotegpu-tap");
    assertThat(line.toString()).doesNotContain("s3cret", "abcdef");
  }

  @Test
  void extent_errors_leavesOutWhatWentWell() throws Exception {
    List<JsonNode> lines =
        written(
            AccessLines.Extent.ERRORS,
            entry(200, OptionalInt.of(0)),
            entry(204, OptionalInt.empty()),
            entry(404, OptionalInt.empty()),
            entry(200, OptionalInt.of(500)),
            entry(502, OptionalInt.empty(), UpstreamFault.CONNECT));
    assertThat(lines).hasSize(3);
    assertThat(lines.get(0).path("level").asText()).isEqualTo("WARN");
    assertThat(lines.get(1).path("level").asText()).isEqualTo("ERROR");
    assertThat(lines.get(2).path("fault").asText()).isEqualTo("connect");
    assertThat(lines.get(2).path("fault_detail").asText()).isEqualTo("Connection refused");
    assertThat(written(AccessLines.Extent.OFF, entry(500, OptionalInt.empty()))).isEmpty();
  }

  @Test
  void loki_getsTheLine_underTheJobOfTheTap() throws Exception {
    try (var loki = new LokiStub()) {
      var settings =
          new LogSettings(
              "remotegpu-tap", "test", LogSettings.Loki.at(URI.create(loki.url().toString())));
      try (var lines =
          new AccessLines(settings, AccessLines.Extent.ALL, OutputStream.nullOutputStream())) {
        lines.offer(entry(200, OptionalInt.of(0)));
      }
      LokiStub.Pushed pushed = loki.lines().getFirst();
      assertThat(pushed.labels().path("job").asText()).isEqualTo("remotegpu-tap");
      assertThat(pushed.metadata().path("trace_id").asText()).isEqualTo(TRACE.traceId());
      assertThat(pushed.line()).contains("\"request_id\":\"7d1c\"").doesNotContain("s3cret");
    }
  }

  @Test
  void output_thatHangs_holdsUpNobody_andLinesAreRefusedInTheEnd() throws Exception {
    var go = new CountDownLatch(1);
    var stuck =
        new OutputStream() {
          @Override
          public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
          }

          @Override
          public void write(byte[] bytes, int offset, int length) {
            try {
              go.await();
            } catch (InterruptedException _) {
              Thread.currentThread().interrupt();
            }
          }
        };
    try (var lines = new AccessLines(PLAIN, AccessLines.Extent.ALL, stuck)) {
      int taken = 0;
      while (lines.offer(entry(200, OptionalInt.of(0)))) {
        taken++;
        assertThat(taken).isLessThan(20_000);
      }
      assertThat(taken).isGreaterThanOrEqualTo(16_384);
      go.countDown();
    }
  }
}
