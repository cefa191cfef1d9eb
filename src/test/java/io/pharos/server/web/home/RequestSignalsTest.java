package io.pharos.server.web.home;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.adopt.init.Convention;
import io.pharos.model.Labels;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.value.InstantVector;
import io.pharos.storage.Appender;
import io.pharos.storage.InMemoryStorage;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestSignalsTest {
  private static final Instant NOW = Instant.parse("2026-11-29T03:00:00Z");

  private final InMemoryStorage storage = new InMemoryStorage();
  private final Engine engine =
      new Engine(storage, EngineOptions.defaults(), System::nanoTime, new SimpleMeterRegistry());

  /// Adds a counter with a sample each 15 s of ten minutes, which grows evenly.
  private void counter(double perSecond, String... labels) {
    try (Appender appender = storage.appender()) {
      for (int i = 0; i <= 40; i++) {
        appender.append(
            Labels.of(labels), NOW.minusSeconds(600 - 15 * i).toEpochMilli(), i * 15 * perSecond);
      }
      appender.commit();
    }
  }

  private List<RequestSignals> find() {
    return RequestSignals.find(engine, Convention.all(), NOW.toEpochMilli());
  }

  private double value(String expression) {
    var vector = (InstantVector) engine.instant(expression, NOW.toEpochMilli()).value();
    assertThat(vector.size()).isEqualTo(1);
    return vector.value(0);
  }

  @Test
  void signals_ofAMicrometerService_areRequestsErrorsAndLatency() {
    String name = "http_server_requests_seconds";
    counter(9, "__name__", name + "_count", "job", "shop", "uri", "/a", "status", "200");
    counter(1, "__name__", name + "_count", "job", "shop", "uri", "/a", "status", "500");
    counter(50, "__name__", name + "_count", "job", "shop", "uri", "/q/health", "status", "200");
    counter(5, "__name__", name + "_bucket", "job", "shop", "uri", "/a", "le", "0.1");
    counter(10, "__name__", name + "_bucket", "job", "shop", "uri", "/a", "le", "0.5");
    counter(10, "__name__", name + "_bucket", "job", "shop", "uri", "/a", "le", "+Inf");
    assertThat(find()).hasSize(1);
    RequestSignals signals = find().getFirst();
    assertThat(signals.jobs()).containsExactly("shop");
    assertThat(value(signals.requests())).isCloseTo(10, within(0.01));
    assertThat(value(signals.errors().orElseThrow())).isCloseTo(0.1, within(0.001));
    assertThat(value(signals.latency().orElseThrow())).isBetween(0.1, 0.5);
  }

  @Test
  void signals_serviceWithoutErrors_haveAShareOfZeroAndNotNone() {
    counter(9, "__name__", "http_requests_total", "job", "shop", "code", "200");
    RequestSignals signals = find().getFirst();
    assertThat(value(signals.errors().orElseThrow())).isZero();
    assertThat(signals.latency()).isEmpty();
  }

  @Test
  void signals_counterWithoutStatus_haveNoErrors() {
    counter(9, "__name__", "http_requests_total", "job", "shop", "path", "/a");
    assertThat(find().getFirst().errors()).isEmpty();
  }

  @Test
  void signals_jobsOfOtherMetrics_areNone() {
    counter(9, "__name__", "node_cpu_seconds_total", "job", "node");
    assertThat(find()).isEmpty();
  }
}
