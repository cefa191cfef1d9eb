package io.pharos.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.pharos.faults.FaultRun.Target;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The alerts on what Uptime Kuma says, raised by pages that a real one gave: those of
/// src/test/resources/uptime-kuma, of which what Node.js tells of itself was taken out, and, where
/// one is to be had (docs/uptime-kuma.md), by one that runs here.
class UptimeKumaFaultsTest {
  private static final Path PAGES = Path.of("src/test/resources/uptime-kuma");
  private static final String ADDRESS = "127.0.0.1:3001";
  private static final String DOWN = "UptimeKumaMonitorDown";
  private static final String EXPIRING = "UptimeKumaCertificateExpiring";
  private static final String PASSWORD = "changeit";

  @TempDir Path folder;

  private final AtomicInteger status = new AtomicInteger(200);
  private final HttpHandler site =
      exchange -> {
        byte[] body = "{\"data\": {\"count\": 3, \"ok\": true}}".getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status.get(), body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
      };
  private HttpServer http;
  private HttpServer https;

  @BeforeEach
  void begin() throws IOException {
    http = HttpServer.create(loopback(0), 0);
    http.createContext("/", site);
    http.start();
    https = http;
  }

  @AfterEach
  void end() {
    http.stop(0);
    https.stop(0);
  }

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private static FaultRun run() throws IOException {
    return new FaultRun(List.of(new Target("uptime-kuma", ADDRESS, "")), "uptime-kuma");
  }

  private static void show(FaultRun run, String page, Duration length) {
    run.show(Map.of(ADDRESS, page));
    run.pass(length);
  }

  private static String page(String name) throws IOException {
    return Files.readString(PAGES.resolve(name + ".txt"));
  }

  @Test
  void recordedPages_areToldOfAsWhatTheyShow() throws IOException {
    try (FaultRun run = run()) {
      show(run, page("healthy"), Duration.ofMinutes(70));
      assertThat(run.firing()).isEmpty();
      show(run, page("pending"), Duration.ofMinutes(70));
      assertThat(run.firing()).isEmpty();
      show(run, page("maintenance"), Duration.ofMinutes(70));
      assertThat(run.firing()).isEmpty();
      show(run, page("down"), Duration.ofMinutes(4));
      assertThat(run.firing()).containsExactly(DOWN);
      assertThat(run.firingBy("monitor_name")).containsOnlyKeys("Website", "Backup");
      show(run, page("expiring"), Duration.ofMinutes(4));
      assertThat(run.firing()).isEmpty();
      run.pass(Duration.ofMinutes(60));
      assertThat(run.firing()).containsExactly(EXPIRING);
      show(run, page("expired"), Duration.ofMinutes(70));
      assertThat(run.firing()).containsExactly(EXPIRING);
      show(run, page("healthy"), Duration.ofMinutes(1));
      assertThat(run.firing()).isEmpty();
    }
  }

  @Tag("peer")
  @Timeout(240)
  @Test
  void realUptimeKuma_isToldOf_andEnds() throws Exception {
    LivePrograms.need("openssl");
    try (LiveUptimeKuma kuma = LiveUptimeKuma.start(folder);
        FaultRun run = run()) {
      int port = serve(90, 0);
      int monitor = kuma.add(http("Site", ""));
      int secure =
          kuma.add(
              "{\"type\": \"http\", \"name\": \"TLS\", \"ignoreTls\": true, \"url\": \"https://127.0.0.1:%d/\"}"
                  .formatted(port));
      show(
          run,
          kuma.pageWith(status("Site"), status("TLS"), days("TLS") + ".*} 90\n"),
          Duration.ofMinutes(70));
      assertThat(run.firing()).isEmpty();

      status.set(500);
      kuma.look(monitor);
      int patient = kuma.add(http("Patient", ", \"maxretries\": 9"));
      int closed = kuma.add(http("Closed", ""));
      kuma.maintain(closed);
      kuma.look(closed);
      String broken =
          kuma.pageWith(
              status("Site") + ".*} 0\n",
              status("Patient") + ".*} 2\n",
              status("Closed") + ".*} 3\n");
      show(run, broken, Duration.ofMinutes(4));
      assertThat(run.firing()).containsExactly(DOWN);
      assertThat(run.firingBy("monitor_name")).containsOnlyKeys("Site");

      status.set(200);
      serve(7, port);
      kuma.look(monitor);
      kuma.look(patient);
      kuma.look(secure);
      String mended =
          kuma.pageWith(
              status("Site") + ".*} 1\n", status("Patient") + ".*} 1\n", days("TLS") + ".*} 7\n");
      show(run, mended, Duration.ofMinutes(4));
      assertThat(run.firing()).isEmpty();
      run.pass(Duration.ofMinutes(60));
      assertThat(run.firing()).containsExactly(EXPIRING);

      serve(90, port);
      kuma.look(secure);
      show(run, kuma.pageWith(days("TLS") + ".*} 90\n"), Duration.ofMinutes(1));
      assertThat(run.firing()).isEmpty();
    }
  }

  /// A push monitor is not back on the page until its interval is over.
  @Tag("peer")
  @Timeout(240)
  @Test
  void realUptimeKuma_thatStarts_endsNothingThatIsDown() throws Exception {
    try (LiveUptimeKuma kuma = LiveUptimeKuma.start(folder)) {
      kuma.add(
          "{\"type\": \"push\", \"name\": \"Backup\", \"pushToken\": \"k7Wv2QxLrT\", \"interval\": 3600}");
      assertThat(kuma.push("k7Wv2QxLrT?status=down&msg=full&ping=12"))
          .isEqualTo("200 {\"ok\":true}");
      assertThat(kuma.push("wrong"))
          .isEqualTo("404 {\"ok\":false,\"msg\":\"Monitor not found or not active.\"}");
      String down = kuma.pageWith(status("Backup") + ".*} 0\n");
      kuma.restart();
      String started = kuma.pageWith("process_start_time_seconds ");
      assertThat(started).doesNotContain("Backup");
      try (FaultRun run = run()) {
        show(run, down, Duration.ofMinutes(4));
        assertThat(run.firing()).containsExactly(DOWN);
        show(run, started, Duration.ofMinutes(4));
        assertThat(run.firing()).containsExactly(DOWN);
      }
    }
  }

  private String http(String name, String more) {
    return "{\"type\": \"http\", \"name\": \"%s\", \"url\": \"http://127.0.0.1:%d/\"%s}"
        .formatted(name, http.getAddress().getPort(), more);
  }

  private static String status(String monitor) {
    return "monitor_status\\{.*monitor_name=\"" + monitor + "\"";
  }

  private static String days(String monitor) {
    return "monitor_cert_days_remaining\\{.*monitor_name=\"" + monitor + "\"";
  }

  /* In the place of the one that was there, with a certificate of this many days. */
  private int serve(int days, int port) throws Exception {
    Path store = folder.resolve(days + ".p12");
    Path key = folder.resolve(days + ".key");
    Path certificate = folder.resolve(days + ".pem");
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -days "
            + "%d -keyout %s -out %s".formatted(days, key, certificate));
    openssl(
        "pkcs12 -export -passout pass:%s -inkey %s -in %s -out %s"
            .formatted(PASSWORD, key, certificate, store));
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    if (port != 0) {
      https.stop(0);
    }
    HttpsServer server = HttpsServer.create(loopback(port), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.createContext("/", site);
    server.start();
    https = server;
    return server.getAddress().getPort();
  }

  private void openssl(String words) throws Exception {
    var process =
        new ProcessBuilder(("openssl " + words).split(" ", -1))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("openssl.log").toFile())
            .start();
    assertThat(process.waitFor()).isZero();
  }
}
