package io.pharos.tap.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The tap's metrics as the real Prometheus scrapes them. Skipped where there is none.
@Tag("peer")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class TapPrometheusTest {
  private static final Path PROMETHEUS = Path.of("/usr/bin/prometheus");

  @TempDir private Path folder;

  @Test
  void prometheus_readsNativeHistograms_whoseCountIsThatOfTheRequests() throws Exception {
    assumeTrue(Files.isExecutable(PROMETHEUS), "no Prometheus is installed");
    try (TapStack stack =
        new TapStack(
            wire -> {
              for (String head = wire.head(); !head.isEmpty(); head = wire.head()) {
                wire.json("{\"code\":7}");
              }
            })) {
      for (int i = 0; i < 20; i++) {
        stack.get("/api/v1/machines/" + i);
      }
      int port = freePort();
      Process prometheus = start(port, stack.tap.metricsPort());
      try {
        String labels = "{path=\"/api/v1/machines/:id\",code=\"7\"}";
        await(
            stack,
            port,
            "histogram_count(pharos_tap_request_duration_seconds" + labels + ")",
            "20");
        await(stack, port, "pharos_envelope_code_total" + labels, "20");
        await(
            stack,
            port,
            "histogram_quantile(0.5, pharos_tap_request_duration_seconds" + labels + ") < bool 10",
            "1");
        JsonNode exemplars = ask(stack, port, "query_exemplars", "{__name__=~\".+\"}").path(0);
        assertThat(exemplars.path("seriesLabels").path("path").asText())
            .as("%s", exemplars)
            .isEqualTo("/api/v1/machines/:id");
        assertThat(exemplars.path("exemplars").path(0).path("labels").path("trace_id").asText())
            .matches("[0-9a-f]{32}");
      } finally {
        prometheus.destroyForcibly().waitFor();
      }
    }
  }

  private Process start(int port, int target) throws IOException {
    Files.writeString(
        folder.resolve("prometheus.yml"),
        """
        global: {scrape_interval: 1s, scrape_timeout: 1s}
        scrape_configs:
          - job_name: remotegpu-tap
            metrics_path: /tap/metrics
            static_configs: [{targets: ['127.0.0.1:%d']}]
        """
            .formatted(target));
    return new ProcessBuilder(
            PROMETHEUS.toString(),
            "--enable-feature=native-histograms,exemplar-storage",
            "--config.file=" + folder.resolve("prometheus.yml"),
            "--storage.tsdb.path=" + folder.resolve("data"),
            "--web.listen-address=127.0.0.1:" + port)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("prometheus.log").toFile())
        .start();
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void await(TapStack stack, int port, String query, String expected)
      throws Exception {
    String found = "";
    long end = System.nanoTime() + 60_000_000_000L;
    while (!found.equals(expected) && System.nanoTime() < end) {
      try {
        JsonNode data = ask(stack, port, "query", query);
        found = data.path("result").path(0).path("value").path(1).asText();
      } catch (IOException _) {
        // It is still starting.
      }
    }
    assertThat(found).as(query).isEqualTo(expected);
  }

  private static JsonNode ask(TapStack stack, int port, String what, String query)
      throws Exception {
    String body =
        stack
            .client
            .send(
                HttpRequest.newBuilder(
                        URI.create(
                            "http://127.0.0.1:%d/api/v1/%s?query=%s"
                                .formatted(
                                    port, what, URLEncoder.encode(query, StandardCharsets.UTF_8))))
                    .build(),
                HttpResponse.BodyHandlers.ofString())
            .body();
    return new ObjectMapper().readTree(body).path("data");
  }
}
