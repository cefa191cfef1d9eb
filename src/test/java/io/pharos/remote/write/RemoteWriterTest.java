package io.pharos.remote.write;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.bytes.protobuf.ProtoReader;
import io.pharos.bytes.snappy.Snappy;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.http.Clients;
import io.pharos.model.Labels;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appender;
import io.pharos.storage.InMemoryStorage;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RemoteWriterTest {
  private final Clients clients = new Clients(InstantSource.system());
  private static final Labels UP = Labels.of("__name__", "up", "job", "api");
  private static final Labels DOWN = Labels.of("__name__", "down");

  private final InMemoryStorage local = new InMemoryStorage();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final List<String> received = new CopyOnWriteArrayList<>();
  private final List<Integer> answers = new CopyOnWriteArrayList<>();
  private HttpServer server;
  private RemoteWriter writer;

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/api/v1/write",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          int status = answers.isEmpty() ? 204 : answers.removeFirst();
          if (status == 204) {
            received.add(describe(Snappy.decode(body, 1 << 20)));
          }
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    server.start();
    writer =
        new RemoteWriter(
            local,
            clients.open(HttpOptions.bearer(SecretSource.inline("written"))),
            URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/api/v1/write"),
            Duration.ofSeconds(5),
            registry);
  }

  @AfterEach
  void stop() {
    writer.close();
    clients.close();
    server.stop(0);
  }

  /* One series per line: labels, then its value or the fields of its histogram. */
  private static String describe(byte[] message) {
    var text = new StringBuilder();
    for (var request = new ProtoReader(message); request.next(); ) {
      for (ProtoReader series = request.message(); series.next(); ) {
        switch (series.field()) {
          case 1 -> {
            ProtoReader label = series.message();
            label.next();
            text.append(label.string()).append('=');
            label.next();
            text.append(label.string()).append(' ');
          }
          case 2 -> {
            double value = 0;
            for (ProtoReader sample = series.message(); sample.next(); ) {
              if (sample.field() == 1) {
                value = sample.float64();
              } else {
                text.append(value).append('@').append(sample.int64());
              }
            }
          }
          default -> {
            for (ProtoReader histogram = series.message(); histogram.next(); ) {
              text.append(histogram.field()).append(',');
            }
          }
        }
      }
      text.append('\n');
    }
    return text.toString();
  }

  private double count(String name) {
    return registry.get(name).counter().count();
  }

  @Test
  void commit_serverTakesIt_isAtTheServerWhenItReturns() {
    try (Appender appender = writer.appender()) {
      appender.append(UP, 1_000, 1.5);
      appender.append(DOWN, 1_000, 2);
      appender.commit();
    }

    assertThat(received).containsExactly("__name__=up job=api 1.5@1000\n__name__=down 2.0@1000\n");
    assertThat(count("prometheus_remote_storage_samples")).isEqualTo(2);
    assertThat(writer.pending()).isZero();
  }

  @Test
  void append_refusedByTheLocalStore_isNotSent() {
    try (Appender appender = writer.appender()) {
      appender.append(UP, 2_000, 1);
      assertThat(appender.append(UP, 1_000, 1)).isEqualTo(AppendOutcome.OUT_OF_ORDER);
      appender.commit();
    }
    assertThat(received).containsExactly("__name__=up job=api 1.0@2000\n");
  }

  @Test
  void rollback_sendsNothing() {
    try (Appender appender = writer.appender()) {
      appender.append(UP, 1_000, 1);
    }
    try (Appender appender = writer.appender()) {
      appender.append(DOWN, 1_000, 1);
      appender.commit();
    }
    assertThat(received).containsExactly("__name__=down 1.0@1000\n");
  }

  @Test
  void histogram_isSentWithItsFields() {
    var buckets = new Histogram.Buckets(List.of(new BucketSpan(-1, 2)), new double[] {1, 2});
    var histogram =
        new Histogram(
            ResetHint.GAUGE,
            3,
            0.001,
            4,
            7,
            12.5,
            buckets,
            Histogram.Buckets.none(),
            new double[0]);
    try (Appender appender = writer.appender()) {
      appender.append(UP, 1_000, histogram);
      appender.commit();
    }
    assertThat(received).containsExactly("__name__=up job=api 2,3,4,5,7,11,13,14,15,\n");
  }

  @Test
  void server_failing_samplesWaitAndGoInOrder() throws Exception {
    answers.addAll(List.of(503, 429, 500));
    for (int i = 1; i <= 3; i++) {
      try (Appender appender = writer.appender()) {
        appender.append(UP, i * 1_000L, i);
        appender.commit();
      }
    }
    for (int wait = 0; wait < 500 && writer.pending() > 0; wait++) {
      TimeUnit.MILLISECONDS.sleep(10);
    }

    assertThat(received)
        .containsExactly(
            "__name__=up job=api 1.0@1000\n",
            "__name__=up job=api 2.0@2000\n",
            "__name__=up job=api 3.0@3000\n");
  }

  @Test
  void server_refusing_samplesAreDroppedAndCounted() {
    answers.add(400);
    try (Appender appender = writer.appender()) {
      appender.append(UP, 1_000, 1);
      appender.commit();
    }
    assertThat(received).isEmpty();
    assertThat(count("prometheus_remote_storage_samples_failed")).isEqualTo(1);
    assertThat(writer.pending()).isZero();
  }

  @Test
  void localStore_keepsEverything_whileTheServerIsAway() {
    server.stop(0);
    try (Appender appender = writer.appender()) {
      appender.append(UP, 1_000, 1);
      appender.commit();
    }
    assertThat(local.select(List.of(), 0, 2_000).size()).isEqualTo(1);
    assertThat(writer.pending()).isEqualTo(1);
  }
}
