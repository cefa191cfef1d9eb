package io.pharos.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.config.yaml.ConfigException;
import io.pharos.schedule.LoopRegistry;
import io.quarkus.runtime.configuration.ConfigurationException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The tap in the service's process, over sockets.
class ServedTapTest {
  @TempDir Path folder;

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<String> names = new ArrayList<>();
  private final List<Consumer<Instant>> tasks = new ArrayList<>();
  private final CountDownLatch go = new CountDownLatch(1);
  private final CountDownLatch asked = new CountDownLatch(1);
  private HttpServer backend;
  private Path routes;

  @BeforeEach
  void begin() throws IOException {
    routes = folder.resolve("routes.yml");
    Files.writeString(routes, "routes: [/a/:id, /slow]\n");
    Files.writeString(
        folder.resolve("alertmanager.yml"), "route: {receiver: r}\nreceivers: [{name: r}]\n");
    backend = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    backend.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    backend.createContext(
        "/",
        exchange -> {
          if (exchange.getRequestURI().getPath().equals("/slow")) {
            asked.countDown();
            try {
              assertThat(go.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
          }
          byte[] body = "{\"code\":7}".getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    backend.start();
  }

  @AfterEach
  void end() {
    backend.stop(0);
    client.shutdownNow();
  }

  private Service service(String... words) {
    var all =
        new ArrayList<>(
            List.of(
                "--storage.path=" + folder.resolve("data"),
                "--notifications.file=" + folder.resolve("alertmanager.yml"),
                "--tap.listen=127.0.0.1:0",
                "--tap.metrics-listen=127.0.0.1:0",
                "--tap.access-log=off",
                "--tap.routes.file=" + routes,
                "--tap.upstream=http://127.0.0.1:" + backend.getAddress().getPort()));
    all.addAll(List.of(words));
    var clock = InstantSource.system();
    var registry = new SimpleMeterRegistry();
    ServeOptions options = ServeOptions.parse(all, Map.of(), false);
    return new Service(
        options,
        VersionedFiles.read(options),
        clock,
        (name, _, _, task) -> {
          names.add(name);
          tasks.add(task);
          return () -> {};
        },
        registry,
        new LoopRegistry(clock, System::nanoTime, registry),
        (_, _) -> (_, _) -> new NotifyResult.Rejected("no mail here"));
  }

  private String get(int port, String path) throws Exception {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    return answer.body();
  }

  private static String count(String path, int times) {
    return "pharos_envelope_code_total{method=\"GET\",path=\"%s\",code=\"7\"} %d\n"
        .formatted(path, times);
  }

  @Test
  void requests_passBeforeTheServiceHasStarted_andAreCounted() throws Exception {
    try (Service service = service()) {
      ServedTap tap = service.tap.orElseThrow();
      assertThat(service.isReady()).isFalse();
      assertThat(get(tap.tap().port(), "/a/1")).isEqualTo("{\"code\":7}");
      assertThat(get(tap.tap().metricsPort(), "/tap/metrics")).contains(count("/a/:id", 1));
      assertThat(service.flags()).containsKeys("tap.listen", "tap.max-in-flight");
    }
  }

  @Test
  void routes_areReadAgainByAReload_andWhenTheFileIsAnother() throws Exception {
    try (Service service = service()) {
      ServedTap tap = service.tap.orElseThrow();
      Files.writeString(routes, "routes: [/b]\n");
      service.reload();
      get(tap.tap().port(), "/b");
      assertThat(get(tap.tap().metricsPort(), "/tap/metrics")).contains(count("/b", 1));

      service.start();
      Consumer<Instant> look = tasks.get(names.indexOf("tap-routes"));
      Files.writeString(routes, "routes: [/cc]\n");
      look.accept(Instant.EPOCH);
      get(tap.tap().port(), "/cc");
      assertThat(get(tap.tap().metricsPort(), "/tap/metrics")).contains(count("/cc", 1));

      Files.writeString(routes, "routes: [oops]\n");
      assertThatThrownBy(service::reload)
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("oops");
      look.accept(Instant.EPOCH);
      get(tap.tap().port(), "/cc");
      assertThat(get(tap.tap().metricsPort(), "/tap/metrics"))
          .contains(count("/cc", 2), "pharos_tap_config_last_reload_successful 0\n");
    }
  }

  @Test
  void close_waitsForWhatIsUnderWay_andEndsItsConnections() throws Exception {
    Service service = service("--tap.drain=20s");
    int port = service.tap.orElseThrow().tap().port();
    CompletableFuture<HttpResponse<String>> slow =
        client.sendAsync(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/slow")).build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
    Thread closing = Thread.ofVirtual().start(service::close);
    go.countDown();
    assertThat(slow.get(20, TimeUnit.SECONDS).body()).isEqualTo("{\"code\":7}");
    closing.join();
    assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
        .isInstanceOf(IOException.class);
  }

  @Test
  void start_whereSomebodyListensAlready_isRefused_andLeavesTheStoreAlone() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + taken.getLocalPort();
      assertThatThrownBy(() -> service("--tap.listen=" + address))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageStartingWith("pharos: not started: the tap: " + address + ": cannot listen: ");
      assertThat(folder.resolve("data")).doesNotExist();
    }
  }

  @Test
  void start_withBrokenRoutes_isRefusedWithTheOtherFiles() throws Exception {
    Files.writeString(routes, "routes: [oops]\n");
    assertThatThrownBy(this::service)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("routes.yml:1:10");
  }
}
