package io.pharos.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.pharos.demo.DemoBackend;
import io.pharos.demo.DemoOptions;
import io.pharos.logql.LineEvaluation.Lines;
import io.pharos.model.Labels;
import io.pharos.rules.test.PlayedLogs;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The alerts on log lines, raised by lines that programs really wrote: nginx with the format of
/// docs/logs.md, the demo backend, and a Go program that dies. No Loki is had; what one would
/// answer about these lines is computed as for unit tests of rules. They come again each minute of
/// virtual time.
@Tag("peer")
@Timeout(120)
class LogFaultsTest {
  private static final String FORMAT =
      """
      log_format json escape=json '{"time":"$time_iso8601","remote_addr":"$remote_addr","request_method":"$request_method",'
          '"request_uri":"$request_uri","status":$status,"body_bytes_sent":$body_bytes_sent,"request_time":$request_time,'
          '"upstream_response_time":"$upstream_response_time","http_user_agent":"$http_user_agent"}';
      """;

  @TempDir Path folder;

  private final PlayedLogs logs = new PlayedLogs();
  private final HttpClient client = HttpClient.newHttpClient();
  private LivePrograms programs;

  @BeforeEach
  void begin() {
    programs = new LivePrograms(folder);
  }

  @AfterEach
  void close() {
    programs.close();
    client.close();
  }

  /// Lets minutes pass, in each of which a program writes these lines.
  private void write(FaultRun run, String job, List<String> lines, int minutes) {
    Labels stream = Labels.of("job", job, "host", "h1");
    for (int minute = 0; minute < minutes; minute++) {
      long at = run.clock().instant().toEpochMilli();
      logs.put(lines.stream().map(line -> new Lines(stream, at, line, 1)).toList());
      run.pass(Duration.ofMinutes(1));
    }
  }

  /// nginx before a backend.
  private URI nginx(int backend) throws IOException {
    int port = LivePrograms.freePort();
    Path home = Files.createDirectories(folder.resolve("nginx"));
    var paths = new StringBuilder();
    for (String kind : List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) {
      paths.append("%s_temp_path %s/%s;\n".formatted(kind, home, kind));
    }
    Path file =
        Files.writeString(
            home.resolve("nginx.conf"),
            """
            daemon off; master_process off; pid %1$s/pid; error_log %1$s/error.log;
            events { worker_connections 100; }
            http {
              %2$s
              access_log %1$s/access.log json;
              %3$s
              server { listen 127.0.0.1:%4$d; location / { proxy_pass http://127.0.0.1:%5$d; } }
            }
            """
                .formatted(home, FORMAT, paths, port, backend));
    programs.start("nginx", Map.of(), "nginx", "-p", home.toString(), "-c", "" + file);
    return URI.create("http://127.0.0.1:" + port);
  }

  /// What nginx wrote, as soon as there are as many lines.
  private List<String> written(int count) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    List<String> lines;
    do {
      Path log = folder.resolve("nginx/access.log");
      lines = Files.exists(log) ? Files.readAllLines(log) : List.of();
    } while (lines.size() < count && System.nanoTime() < end);
    assertThat(lines).hasSize(count);
    return lines;
  }

  private int status(URI url) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (true) {
      try {
        return client
            .send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.discarding())
            .statusCode();
      } catch (IOException e) { // nginx is not there yet
        assertThat(System.nanoTime()).as(e.toString()).isLessThan(end);
      }
    }
  }

  /// A backend whose pages below /slow take somewhat longer than three seconds.
  private static HttpServer backend() throws IOException {
    HttpServer backend = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    backend.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    backend.createContext(
        "/",
        exchange -> {
          if (exchange.getRequestURI().getPath().startsWith("/slow")) {
            CompletableFuture.runAsync(
                    () -> {}, CompletableFuture.delayedExecutor(3100, TimeUnit.MILLISECONDS))
                .join();
          }
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    backend.start();
    return backend;
  }

  @Test
  void nginx_whoseBackendDies_isToldByItsLog() throws Exception {
    LivePrograms.need("nginx");
    HttpServer backend = backend();
    URI nginx = nginx(backend.getAddress().getPort());
    for (int i = 0; i < 20; i++) {
      assertThat(status(nginx.resolve("/p" + i))).isEqualTo(204);
    }
    List<String> healthy = written(20);
    backend.stop(0);
    for (int i = 0; i < 5; i++) {
      assertThat(status(nginx.resolve("/p" + i))).isEqualTo(502);
    }
    List<String> failing = written(25);
    try (var run = new FaultRun(List.of("loki/nginx", "loki/logs"), logs)) {
      write(run, "nginx", healthy, 30);
      assertThat(run.firing()).isEmpty();
      write(run, "nginx", failing, 14);
      assertThat(run.firing()).containsExactly("NginxErrors");
      write(run, "nginx", List.of(), 30); // it was killed
      assertThat(run.firing()).containsExactly("LogsStopped");
    }
  }

  @Test
  void nginx_thatIsSlow_andOneThatLogsATokenOfAnAddress_areTold() throws Exception {
    LivePrograms.need("nginx");
    HttpServer backend = backend();
    try {
      URI nginx = nginx(backend.getAddress().getPort());
      for (int i = 0; i < 20; i++) {
        assertThat(status(nginx.resolve("/p" + i))).isEqualTo(204);
      }
      List<String> healthy = written(20);
      var slow = new ArrayList<CompletableFuture<HttpResponse<Void>>>();
      for (int i = 0; i < 3; i++) {
        slow.add(
            client.sendAsync(
                HttpRequest.newBuilder(nginx.resolve("/slow" + i)).build(),
                HttpResponse.BodyHandlers.discarding()));
      }
      slow.forEach(CompletableFuture::join);
      List<String> slowed = written(23);
      assertThat(status(nginx.resolve("/sse?token=eyJhbGciOiJIUzI1NiJ9.e30.abc"))).isEqualTo(204);
      try (var run = new FaultRun(List.of("loki/nginx", "loki/logs"), logs)) {
        write(run, "nginx", healthy, 30);
        assertThat(run.firing()).isEmpty();
        write(run, "nginx", slowed, 20);
        assertThat(run.firing()).containsExactly("NginxSlow");
        write(run, "nginx", healthy, 30);
        assertThat(run.firing()).isEmpty();
        write(run, "nginx", written(24).subList(20, 24), 6);
        assertThat(run.firing()).contains("LogsHoldSecrets");
      }
    } finally {
      backend.stop(0);
    }
  }

  @Test
  void goProgramThatDies_isTold() throws Exception {
    LivePrograms.need("promtool", "prlimit");
    programs.start("promtool", Map.of(), "prlimit", "--as=100000000", "promtool", "--version");
    assertThat(programs.waitFor("promtool")).isEqualTo(2);
    List<String> lines = Files.readAllLines(folder.resolve("promtool.log"));
    try (var run = new FaultRun(List.of("loki/backend"), logs)) {
      write(run, "remotegpu-backend", List.of("{\"level\":\"info\",\"msg\":\"started\"}"), 5);
      assertThat(run.firing()).isEmpty();
      write(run, "remotegpu-backend", lines, 1);
      write(run, "remotegpu-backend", List.of(), 2);
      assertThat(run.firing()).containsExactly("ProcessCrashed");
    }
  }

  @Test
  void backendThatRecoversFromPanics_isToldByItsLog() throws Exception {
    Path log = folder.resolve("app.log");
    var options =
        DemoOptions.local("test-token-0123456789")
            .withListenAddress("127.0.0.1", 0)
            .withTraffic(1, 0, Duration.ZERO)
            .withLogFile(log);
    try (DemoBackend backend =
        DemoBackend.start(options, new PrintStream(OutputStream.nullOutputStream()))) {
      URI api = URI.create(backend.url()).resolve("/api/v1/customer/machines");
      assertThat(status(api)).isEqualTo(200);
      List<String> healthy = Files.readAllLines(log);
      programs.post(backend.url() + "/fault", "{\"kind\":\"panics\",\"ratio\":1}");
      assertThat(status(api)).isEqualTo(200);
      List<String> panicked = Files.readAllLines(log);
      try (var run = new FaultRun(List.of("loki/backend"), logs)) {
        write(run, "remotegpu-backend", healthy, 5);
        assertThat(run.firing()).isEmpty();
        write(run, "remotegpu-backend", panicked, 3);
        assertThat(run.firing()).containsExactly("BackendPanicked");
        write(run, "remotegpu-backend", healthy, 12);
        assertThat(run.firing()).isEmpty();
      }
    }
  }
}
