package io.pharos.remote.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.registry.otlp.OtlpConfig;
import io.micrometer.registry.otlp.OtlpMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The requests of real clients over HTTP.
class OtlpClientTest {
  @Test
  void applicationThatMeasuresByMicrometer_isStored() throws Exception {
    try (var end = new ReceivingEnd()) {
      String url = end.open();
      var config =
          new OtlpConfig() {
            @Override
            public String get(String key) {
              return null;
            }

            @Override
            public String url() {
              return url;
            }

            @Override
            public Duration step() {
              return Duration.ofHours(1);
            }

            @Override
            public Map<String, String> resourceAttributes() {
              return Map.of("service.name", "backend", "host.name", "node-01");
            }
          };
      var registry = new OtlpMeterRegistry(config, Clock.SYSTEM);
      registry.counter("orders", "kind", "gift").increment(3);
      Gauge.builder("queue.size", () -> 5).baseUnit("messages").register(registry);
      Timer.builder("http.server.requests")
          .serviceLevelObjectives(Duration.ofMillis(100), Duration.ofSeconds(1))
          .register(registry)
          .record(Duration.ofMillis(250));
      DistributionSummary.builder("payload").baseUnit("bytes").register(registry).record(12);
      registry.close(); // pushes
      assertThat(end.next().outcome()).isEqualTo(new OtlpReceiver.Outcome.Stored(0, List.of()));
      assertThat(end.series())
          .anySatisfy(it -> assertThat(it).contains("orders_total").endsWith(" 3"))
          .anySatisfy(it -> assertThat(it).contains("http_server_requests_milliseconds_bucket"))
          .anySatisfy(it -> assertThat(it).contains("target_info", "host_name=node-01"));
    }
  }
}
