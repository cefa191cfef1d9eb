package io.pharos.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.registry.otlp.OtlpConfig;
import io.micrometer.registry.otlp.OtlpMeterRegistry;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A Quarkus application (here Pharos) pushes its metrics to the service by Micrometer's registry
/// for OTLP.
@QuarkusTest
@Tag("slow")
class QuarkusPushTest {
  @TestHTTPResource("/")
  URI service;

  @Test
  void whatQuarkusMeasures_isStoredAsPrometheusNamesIt() {
    var config =
        new OtlpConfig() {
          @Override
          public String get(String key) {
            return null;
          }

          @Override
          public String url() {
            return service.resolve("/api/v1/otlp/v1/metrics").toString();
          }

          @Override
          public Duration step() {
            return Duration.ofHours(1); // only the end pushes
          }

          @Override
          public Map<String, String> resourceAttributes() {
            return Map.of("service.name", "pushing", "service.instance.id", "here:1");
          }
        };
    var client = new PeerClient(service);
    var registry = new OtlpMeterRegistry(config, Clock.SYSTEM);
    Metrics.addRegistry(registry);
    try {
      // A request is counted after its answer, so the first is counted before the second ends.
      client.eventually("/api/v1/query?query=vector(1)", "/data/result/0/value/1", "1");
      client.eventually("/api/v1/query?query=vector(1)", "/data/result/0/value/1", "1");
    } finally {
      Metrics.removeRegistry(registry);
      registry.close();
    }
    String us = "%7Bjob=%22pushing%22,instance=%22here:1%22";
    client.eventually(
        "/api/v1/query?query=group(http_server_requests_milliseconds_count"
            + us
            + ",uri=%22/api/v1/query%22,status=%22200%22%7D%20%3E=%201)",
        "/data/result/0/value/1",
        "1");
    client.eventually(
        "/api/v1/query?query=group(jvm_memory_used_bytes" + us + ",area=%22heap%22%7D%20%3E%200)",
        "/data/result/0/value/1",
        "1");
    assertThat(
            client
                .get("/api/v1/query?query=target_info" + us + "%7D")
                .json()
                .at("/data/result/0/metric"))
        .isNotEmpty();
  }
}
