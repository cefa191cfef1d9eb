package io.pharos.remote.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.registry.otlp.OtlpConfig;
import io.micrometer.registry.otlp.OtlpMeterRegistry;
import io.pharos.model.GoFloat;
import io.pharos.model.LabelMatcher;
import io.pharos.remote.write.ReceivedMetadata;
import io.pharos.storage.InMemoryStorage;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// What real clients send, over HTTP.
class OtlpClientTest {
  private final InMemoryStorage store = new InMemoryStorage();
  private final OtlpReceiver receiver =
      new OtlpReceiver(
          store,
          new ReceivedMetadata(),
          () -> new OtlpSettings(List.of(), true, false),
          InstantSource.system(),
          new SimpleMeterRegistry());

  private Set<String> ours() {
    SeriesSet all =
        store.select(
            List.of(LabelMatcher.of(LabelMatcher.Type.REGEX, "__name__", ".+")), 0, Long.MAX_VALUE);
    var found = new TreeSet<String>();
    for (int i = 0; i < all.size(); i++) {
      var window = new SampleWindow();
      all.read(i, 0, Long.MAX_VALUE, window);
      int last = window.size() - 1;
      String value = GoFloat.plain(window.value(last));
      found.add(new TreeMap<>(all.labels(i).toMap()) + " " + value);
    }
    return found;
  }

  @Test
  void applicationThatMeasuresByMicrometer_isStored() throws Exception {
    BlockingQueue<byte[]> bodies = new ArrayBlockingQueue<>(10);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/api/v1/otlp/v1/metrics",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          String type = exchange.getRequestHeaders().getFirst("Content-Type");
          String packed = exchange.getRequestHeaders().getFirst("Content-Encoding");
          OtlpOutcome outcome = receiver.receive(type, packed == null ? "" : packed, body);
          boolean good = outcome.equals(new OtlpOutcome.Stored(0, List.of()));
          exchange.sendResponseHeaders(good ? 200 : 400, -1);
          exchange.close();
          bodies.add(body);
        });
    server.start();
    try {
      var config =
          new OtlpConfig() {
            @Override
            public String get(String key) {
              return null;
            }

            @Override
            public String url() {
              return "http://127.0.0.1:"
                  + server.getAddress().getPort()
                  + "/api/v1/otlp/v1/metrics";
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
      byte[] body = bodies.poll(30, TimeUnit.SECONDS);
      assertThat(body).isNotNull();
      Set<String> ours = ours();
      assertThat(ours)
          .anySatisfy(it -> assertThat(it).contains("orders_total").endsWith(" 3"))
          .anySatisfy(it -> assertThat(it).contains("http_server_requests_milliseconds_bucket"))
          .anySatisfy(it -> assertThat(it).contains("target_info", "host_name=node-01"));
    } finally {
      server.stop(0);
    }
  }
}
