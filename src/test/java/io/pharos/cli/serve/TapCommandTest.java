package io.pharos.cli.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.pharos.cli.Commands;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.UsageException;
import io.pharos.tap.RouteTable;
import io.pharos.tap.proxy.ForwardedHeaders;
import io.pharos.tap.proxy.ReloadableRoutes;
import io.pharos.tap.proxy.TapOptions;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TapCommandTest {
  @TempDir private Path folder;

  private static TapOptions options(String... words) {
    return TapFlags.ALONE.options(Flags.parse(TapCommand.MANUAL.flags(), List.of(words), Map.of()));
  }

  @Test
  void options_byDefault_standBesideTheBackend() {
    TapOptions options = options();
    assertThat(options.host()).isEqualTo("127.0.0.1");
    assertThat(options.port()).isEqualTo(8079);
    assertThat(options.upstream()).hasToString("http://127.0.0.1:8080");
    assertThat(options.metricsPort()).isEqualTo(9097);
    assertThat(options.responseTimeout()).isEqualTo(Duration.ofSeconds(60));
    assertThat(options.forwarded()).isEqualTo(ForwardedHeaders.APPEND);
  }

  @Test
  void options_ofEachFlag_areRead() {
    TapOptions options =
        options(
            "--listen=:80",
            "--upstream=http://backend",
            "--metrics-listen=[::1]:99",
            "--threads=2",
            "--response-timeout=5s",
            "--max-in-flight=10",
            "--max-connections=7",
            "--header-timeout=1s",
            "--read-timeout=2s",
            "--keep-alive-timeout=3s",
            "--forwarded=replace");
    assertThat(options.host()).isEqualTo("0.0.0.0");
    assertThat(options.upstreamPort()).isEqualTo(80);
    assertThat(options.metricsHost()).isEqualTo("::1");
    assertThat(options.loops()).isEqualTo(2);
    assertThat(options.responseTimeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(options.maxInFlight()).isEqualTo(10);
    assertThat(options.connections().maxConnections()).isEqualTo(7);
    assertThat(options.connections().head()).isEqualTo(Duration.ofSeconds(1));
    assertThat(options.connections().read()).isEqualTo(Duration.ofSeconds(2));
    assertThat(options.connections().idle()).isEqualTo(Duration.ofSeconds(3));
    assertThat(options.forwarded()).isEqualTo(ForwardedHeaders.REPLACE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--listen=8079|--listen: expected HOST:PORT with a port from 0 to 65535, found \"8079\"",
        "--listen=:99999|expected HOST:PORT with a port from 0 to 65535",
        "--upstream=ftp://backend|--upstream: expected http://HOST:PORT or https://HOST:PORT, found \"ftp://backend\"",
        "--upstream=http://backend/api|--upstream: expected http://HOST:PORT",
        "--upstream=http://u:p@backend|--upstream: expected http://HOST:PORT",
        "--upstream=http://back end|--upstream: expected http://HOST:PORT or https://HOST:PORT, found \"http://back end\"",
        "--upstream=http://backend?a=b|--upstream: expected http://HOST:PORT",
        "--upstream=http://backend#a|--upstream: expected http://HOST:PORT",
        "--upstream=backend:8080|--upstream: expected http://HOST:PORT",
        "--upstream=http:///|--upstream: expected http://HOST:PORT",
        "--listen=:-1|expected HOST:PORT with a port from 0 to 65535",
        "--listen=host:http|expected HOST:PORT with a port from 0 to 65535",
        "--listen=host:|expected HOST:PORT with a port from 0 to 65535",
        "--metrics-listen=9097|--metrics-listen: expected HOST:PORT with a port from 0 to 65535",
        "--max-in-flight=0|requests in flight: expected 1 to 100000, found 0",
        "--max-header-bytes=10|bytes of headers: expected 1024 to 1048576, found 10",
        "--connect-timeout=5ms|connect timeout in ms: expected 10 to 60000, found 5",
        "--idle-timeout=2d|idle timeout in ms: expected 1000 to 86400000, found 172800000",
        "--tls.cert-file=a|cert (or cert_file) and key (or key_file) must be given together",
        "--upstream.ca-file=a|upstream http://127.0.0.1:8080: TLS options need https",
        "--upstream.insecure-skip-verify=perhaps|--upstream.insecure-skip-verify",
        "--forwarded=yes|--forwarded: expected append, replace or keep, found \"yes\"",
        "--threads=-1|threads: expected 1 to 64, found -1",
        "--response-timeout=2h|response timeout in ms: expected 10 to 3600000, found 7200000",
        "--max-connections=0|maxConnections is 0, expected at least 1",
        "--header-timeout=0s|--header-timeout",
        "--max-series=1|series: expected 100 to 100000, found 1",
      })
  void options_thatAreWrong_areRefused(String word, String message) {
    assertThatThrownBy(() -> options(word))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(message);
  }

  /// Inside serve the tap takes a part only of what the process has.
  @ParameterizedTest
  @CsvSource({
    // heap MiB, descriptors, in flight, connections alone and inside
    "128, 1048576, 128, 16384, 16384",
    "512, 1048576, 512, 16384, 16384",
    "16384, 1048576, 4096, 16384, 16384",
    "512, 1024, 64, 512, 128",
    "512, 20000, 512, 10000, 2500",
    "64, 8, 1, 4, 1",
  })
  void bounds_thatNobodySets_deriveFromTheHeapAndTheDescriptors(
      long heapMegabytes, long descriptors, int inFlight, int alone, int inside) {
    assertThat(TapFlags.maxInFlight(heapMegabytes << 20, descriptors)).isEqualTo(inFlight);
    assertThat(TapFlags.ALONE.maxConnections(descriptors)).isEqualTo(alone);
    assertThat(TapFlags.INSIDE.maxConnections(descriptors)).isEqualTo(inside);
  }

  @Test
  void run_withoutRoutes_saysWhatIsMissing() {
    var err = new ByteArrayOutputStream();
    var stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    int code =
        new TapCommand(Map.of(), stream, stream)
            .run(List.of("--routes.file=" + folder.resolve("no.yml")));
    assertThat(code).isEqualTo(78);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("no.yml", "not started");
  }

  @Test
  void routes_thatBecomeWrong_leaveThoseFromBefore_untilTheyAreMended() throws Exception {
    Path file = folder.resolve("routes.yml");
    Files.writeString(file, "routes: [/a]\n");
    var routes = new ReloadableRoutes(file);
    assertThat(routes.hasChanged()).isFalse();

    Files.writeString(file, "routes: [/a, oops]\n");
    assertThat(routes.hasChanged()).isTrue();
    assertThat(routes.reload().orElseThrow()).hasMessageContaining("oops");
    assertThat(routes.hasChanged()).isFalse();
    assertThat(routes.get().pathOf("GET", "/a")).isEqualTo("/a");

    Files.delete(file);
    assertThat(routes.hasChanged()).isTrue();
    assertThat(routes.reload()).isPresent();
    assertThat(routes.get().pathOf("GET", "/a")).isEqualTo("/a");

    Files.writeString(file, "routes: [/b]\n");
    assertThat(routes.reload()).isEmpty();
    assertThat(routes.get().pathOf("GET", "/a")).isEqualTo(RouteTable.UNKNOWN);
    assertThat(routes.get().pathOf("GET", "/b")).isEqualTo("/b");
  }

  private static int run(ByteArrayOutputStream err, String... words) {
    var stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    return new Commands(Map.of(), stream, stream).run("tap", List.of(words));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--access-log=some|--access-log: expected all, errors or off, found \"some\"",
        "--loki.url=loki:3100|Loki URL \"loki:3100\": expected http://HOST:PORT or https://HOST",
        "--loki.url=http://u:p@loki|Loki URL \"http://***@loki\": expected a URL without user and password",
        "--loki.url=http://lo ki|Illegal character",
        "--drain=soon|--drain",
        "backend|backend",
      })
  void run_withAWrongFlag_isRefusedBeforeAnythingIsRead(String word, String message) {
    var err = new ByteArrayOutputStream();
    assertThat(run(err, "--routes.file=" + folder.resolve("no.yml"), word)).isEqualTo(64);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .startsWith("pharos tap: ")
        .contains(message)
        .doesNotContain("u:p", "no.yml");
  }

  @Test
  void run_whereSomebodyListensAlready_endsWith1() throws Exception {
    Files.writeString(folder.resolve("routes.yml"), "routes: [/a]\n");
    try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      var err = new ByteArrayOutputStream();
      int code =
          run(
              err,
              "--routes.file=" + folder.resolve("routes.yml"),
              "--listen=127.0.0.1:0",
              "--metrics-listen=127.0.0.1:" + taken.getLocalPort());
      assertThat(code).isEqualTo(1);
      assertThat(err.toString(StandardCharsets.UTF_8))
          .startsWith("pharos tap: 127.0.0.1:" + taken.getLocalPort() + ": cannot listen: ");
    }
  }

  @Test
  void run_tellsWhereItListens_andForwardsUntilItIsStopped() throws Exception {
    Files.writeString(folder.resolve("routes.yml"), "routes: [/a, /b]\n");
    HttpServer backend =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    backend.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    backend.start();
    String upstream = "http://127.0.0.1:" + backend.getAddress().getPort();
    var said = new PipedInputStream();
    var code = new CompletableFuture<Integer>();
    var log = new ByteArrayOutputStream();
    try (var err = new PrintStream(new PipedOutputStream(said), true, StandardCharsets.UTF_8);
        var lines = new BufferedReader(new InputStreamReader(said, StandardCharsets.UTF_8));
        var client = HttpClient.newHttpClient()) {
      var out = new PrintStream(log, true, StandardCharsets.UTF_8);
      Thread command =
          Thread.ofPlatform()
              .daemon()
              .start(
                  () ->
                      code.complete(
                          new TapCommand(Map.of(), out, err)
                              .run(
                                  List.of(
                                      "--routes.file=" + folder.resolve("routes.yml"),
                                      "--upstream=" + upstream,
                                      "--listen=127.0.0.1:0",
                                      "--metrics-listen=127.0.0.1:0",
                                      "--threads=1"))));
      Matcher told =
          Pattern.compile(
                  "pharos tap: (\\S+) in front of (\\S+), 2 routes,"
                      + " metrics on (http://\\S+/tap/metrics)")
              .matcher(lines.readLine());
      assertThat(told.matches()).isTrue();
      assertThat(told.group(2)).isEqualTo(upstream);
      assertThat(get(client, "http://" + told.group(1) + "/a").statusCode()).isEqualTo(204);
      HttpResponse<String> metrics = get(client, told.group(3));
      assertThat(metrics.statusCode()).isEqualTo(200);
      assertThat(metrics.body()).contains("path=\"/a\"");

      command.interrupt();
      assertThat(code.get(30, TimeUnit.SECONDS)).isZero();
      assertThatThrownBy(() -> get(client, "http://" + told.group(1) + "/a"))
          .isInstanceOf(ConnectException.class);
    } finally {
      backend.stop(0);
    }
    assertThat(log.toString(StandardCharsets.UTF_8)).contains("/a").contains("204");
  }

  private static HttpResponse<String> get(HttpClient client, String url) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString());
  }
}
