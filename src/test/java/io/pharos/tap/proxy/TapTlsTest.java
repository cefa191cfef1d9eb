package io.pharos.tap.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.config.http.SecretSource;
import io.pharos.config.http.TlsOptions;
import io.pharos.http.SelfSigned;
import io.pharos.http.TlsContext;
import io.pharos.tap.RoutesFile;
import io.pharos.tap.UpstreamFault;
import io.pharos.tap.proxy.TapStack.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A backend that speaks TLS, and clients that do.
class TapTlsTest {
  private static final String OK = "{\"code\":0,\"msg\":\"success\",\"data\":null}";

  @TempDir static Path certificates;
  private static SelfSigned here;
  private static SelfSigned elsewhere;

  @TempDir Path folder;
  private final BlockingQueue<String> heads = new ArrayBlockingQueue<>(64);

  @BeforeAll
  static void make() throws Exception {
    here = SelfSigned.create(certificates, "ip:127.0.0.1,dns:localhost", 10);
    elsewhere = SelfSigned.create(certificates, "dns:backend.example", 10);
  }

  private static TlsOptions trusting(SelfSigned authority, String serverName) {
    return tls(authority, serverName, null, false);
  }

  private static TlsOptions tls(
      SelfSigned authority, String serverName, SelfSigned own, boolean insecure) {
    return new TlsOptions(
        authority == null ? SecretSource.unset() : SecretSource.fromFile(authority.certificate()),
        own == null ? SecretSource.unset() : SecretSource.fromFile(own.certificate()),
        own == null ? SecretSource.unset() : SecretSource.fromFile(own.key()),
        serverName,
        insecure,
        null,
        null);
  }

  private static SSLServerSocket listen(SelfSigned as) throws IOException {
    return (SSLServerSocket)
        as.server()
            .getServerSocketFactory()
            .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  private void answer(Wire wire) throws IOException {
    for (String head = wire.head(); !head.isEmpty(); head = wire.head()) {
      heads.add(head);
      wire.json(OK);
    }
  }

  private static Consumer<TapStack.Change> to(ServerSocket backend, TlsOptions tls) {
    return change -> {
      change.upstream = URI.create("https://127.0.0.1:" + backend.getLocalPort());
      change.upstreamTls = tls;
    };
  }

  private TapStack stack(SelfSigned as, TlsOptions tls) throws IOException {
    SSLServerSocket backend = listen(as);
    return new TapStack(backend, this::answer, to(backend, tls));
  }

  /// Nobody is let through, and everybody is told why.
  private void assertRefused(TapStack stack, String why) throws Exception {
    HttpResponse<String> answer = stack.get("/api/v1/health");
    assertThat(answer.statusCode()).isEqualTo(502);
    assertThat(answer.headers().firstValue("X-Pharos-Tap")).hasValue("tls");
    assertThat(answer.body()).contains("\"reason\":\"tls\"").doesNotContain("success");
    stack.awaitMetric("pharos_tap_upstream_errors_total{reason=\"tls\"} 1");
    var line = stack.awaitLine();
    assertThat(line.fault()).hasValue(UpstreamFault.TLS);
    assertThat(line.faultDetail()).contains(why);
    assertThat(heads).isEmpty();
  }

  @Test
  void backend_whoseAuthorityIsTrusted_isReached() throws Exception {
    try (TapStack stack = stack(here, trusting(here, ""))) {
      assertThat(stack.get("/api/v1/machines/7").body()).isEqualTo(OK);
      assertThat(heads.poll(10, TimeUnit.SECONDS)).startsWith("GET /api/v1/machines/7 HTTP/1.1");
      stack.awaitMetric(
          "pharos_envelope_code_total{method=\"GET\",path=\"/api/v1/machines/:id\",code=\"0\"} 1");
    }
  }

  @Test
  void backend_ofAnotherName_isReachedByThat_andAskedForIt() throws Exception {
    var asked = new ArrayBlockingQueue<String>(4);
    SSLServerSocket backend = listen(elsewhere);
    try (TapStack stack =
        new TapStack(
            backend,
            wire -> {
              String head = wire.head();
              var session = (ExtendedSSLSession) ((SSLSocket) wire.socket).getSession();
              session.getRequestedServerNames().stream()
                  .map(name -> ((SNIHostName) name).getAsciiName())
                  .forEach(asked::add);
              heads.add(head);
              wire.json(OK);
            },
            to(backend, trusting(elsewhere, "backend.example")))) {
      assertThat(stack.get("/api/v1/health").body()).isEqualTo(OK);
      assertThat(asked.poll(10, TimeUnit.SECONDS)).isEqualTo("backend.example");
      // Whom the client asked is told as ever.
      assertThat(heads.poll(10, TimeUnit.SECONDS))
          .containsIgnoringCase("\r\nhost: 127.0.0.1:" + stack.tap.port() + "\r\n");
    }
  }

  @Test
  void backend_thatNobodyVouchesFor_is502() throws Exception {
    try (TapStack stack = stack(here, TlsOptions.DEFAULT)) {
      assertRefused(stack, "certification path");
    }
  }

  @Test
  void backend_whoseCertificateIsOfAnotherName_is502() throws Exception {
    try (TapStack stack = stack(elsewhere, trusting(elsewhere, ""))) {
      assertRefused(stack, "127.0.0.1");
    }
    try (TapStack stack = stack(here, trusting(here, "backend.example"))) {
      assertRefused(stack, "backend.example");
    }
  }

  @Test
  void backend_thatSpeaksNoTls_is502() throws Exception {
    var backend = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    try (TapStack stack =
        new TapStack(
            backend,
            wire -> {
              wire.bytes(1);
              wire.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            },
            to(backend, trusting(here, "")))) {
      assertRefused(stack, "SSL/TLS record");
    }
  }

  @Test
  void backend_ofAnyCertificate_isTakenWhereThatIsSaid() throws Exception {
    try (TapStack stack = stack(elsewhere, tls(null, "", null, true))) {
      assertThat(stack.get("/api/v1/health").body()).isEqualTo(OK);
    }
  }

  @Test
  void backend_thatAsksForACertificate_isShownIt_andRefusesWhoHasNone() throws Exception {
    SSLServerSocket backend = listen(here); // trusts itself
    backend.setNeedClientAuth(true);
    try (TapStack stack =
        new TapStack(backend, this::answer, to(backend, tls(here, "", here, false)))) {
      assertThat(stack.get("/api/v1/health").body()).isEqualTo(OK);
    }
    heads.clear();
    SSLServerSocket other = listen(here);
    other.setNeedClientAuth(true);
    try (TapStack stack = new TapStack(other, this::answer, to(other, trusting(here, "")))) {
      assertRefused(stack, "");
    }
  }

  @Test
  void webSocket_isTunnelled_andRefusedWhereTheCertificateIsWrong() throws Exception {
    SSLServerSocket backend = listen(here);
    String ask =
        "GET /stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    TapStack.Script echo =
        wire -> {
          heads.add(wire.head());
          wire.write(
              "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                  + "Upgrade: websocket\r\n\r\nhello");
          wire.write(wire.bytes(5));
          wire.bytes(1);
        };
    try (TapStack stack = new TapStack(backend, echo, to(backend, trusting(here, "")));
        Wire client = stack.wire()) {
      client.write(ask);
      assertThat(client.head()).startsWith("HTTP/1.1 101");
      assertThat(client.bytes(5)).asString().isEqualTo("hello");
      client.write("again");
      assertThat(client.bytes(5)).asString().isEqualTo("again");
    }
    heads.clear();
    SSLServerSocket other = listen(here);
    try (TapStack stack = new TapStack(other, echo, to(other, TlsOptions.DEFAULT));
        Wire client = stack.wire()) {
      client.write(ask);
      assertThat(client.head()).startsWith("HTTP/1.1 502").containsIgnoringCase("pharos-tap: tls");
      stack.awaitMetric("pharos_tap_upstream_errors_total{reason=\"tls\"} 1");
      assertThat(heads).isEmpty();
    }
  }

  @Test
  void stream_isPassedOnEventByEvent() throws Exception {
    var go = new CountDownLatch(1);
    SSLServerSocket backend = listen(here);
    try (TapStack stack =
            new TapStack(
                backend,
                wire -> {
                  wire.head();
                  wire.write(
                      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                          + "Transfer-Encoding: chunked\r\n\r\n6\r\na: 1\n\n\r\n");
                  try {
                    assertThat(go.await(10, TimeUnit.SECONDS)).isTrue();
                  } catch (InterruptedException e) {
                    throw new IOException(e);
                  }
                  wire.write("6\r\na: 2\n\n\r\n0\r\n\r\n");
                },
                to(backend, trusting(here, "")));
        Wire client = stack.wire()) {
      client.write("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
      client.head();
      assertThat(client.bytes(11)).asString().isEqualTo("6\r\na: 1\n\n\r\n");
      go.countDown(); // only now the second
      assertThat(client.bytes(11)).asString().isEqualTo("6\r\na: 2\n\n\r\n");
    }
  }

  private static void replace(Path file, Path by, int seconds) throws IOException {
    Files.copy(by, file, StandardCopyOption.REPLACE_EXISTING);
    // The sizes are alike, and the clock of files is coarse.
    Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH.plusSeconds(seconds)));
  }

  private ReloadableRoutes liveRoutes() throws IOException {
    Path file = Files.writeString(folder.resolve("routes.yml"), TapStack.ROUTES);
    assertThat(RoutesFile.read(file).patterns()).isNotEmpty();
    return new ReloadableRoutes(file);
  }

  @Test
  void authority_thatChanges_holdsFromTheReloadOn() throws Exception {
    Path ca = folder.resolve("ca.pem");
    replace(ca, elsewhere.certificate(), 1);
    SSLServerSocket backend = listen(here);
    TlsOptions tls =
        new TlsOptions(
            SecretSource.fromFile(ca),
            SecretSource.unset(),
            SecretSource.unset(),
            "",
            false,
            null,
            null);
    ReloadableRoutes routes = liveRoutes();
    try (TapStack stack = new TapStack(backend, this::answer, to(backend, tls))) {
      assertRefused(stack, "");
      assertThat(stack.tap.isOutdated(routes)).isFalse();

      Files.writeString(ca, "nothing");
      assertThat(stack.tap.isOutdated(routes)).isTrue();
      assertThat(stack.tap.reload(routes)).singleElement().asString().contains("ca.pem");
      stack.awaitMetric("pharos_tap_config_last_reload_successful 0");

      replace(ca, here.certificate(), 2);
      assertThat(stack.tap.reload(routes)).isEmpty();
      stack.awaitMetric("pharos_tap_config_last_reload_successful 1");
      for (int i = 0; i < 8; i++) { // whichever loop takes it
        try (Wire client = stack.wire()) {
          client.write("GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n");
          assertThat(client.head()).startsWith("HTTP/1.1 200");
        }
      }
    }
  }

  private static SSLSocket secure(TapStack stack, SelfSigned authority) throws IOException {
    var socket =
        (SSLSocket)
            TlsContext.create(trusting(authority, ""))
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), stack.tap.port());
    socket.startHandshake();
    return socket;
  }

  @Test
  void clients_comeByTls_andARenewedCertificateDropsNobody() throws Exception {
    Path certificate = folder.resolve("tap.crt");
    Path key = folder.resolve("tap.key");
    replace(certificate, here.certificate(), 1);
    replace(key, here.key(), 1);
    TlsOptions tls =
        new TlsOptions(
            SecretSource.unset(),
            SecretSource.fromFile(certificate),
            SecretSource.fromFile(key),
            "",
            false,
            null,
            null);
    ReloadableRoutes routes = liveRoutes();
    try (TapStack stack =
            new TapStack(
                this::answer,
                change -> {
                  change.tls = tls;
                  change.loops = 2;
                });
        Wire first = new Wire(secure(stack, here))) {
      first.write("GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(first.head()).startsWith("HTTP/1.1 200");
      assertThat(first.bytes(OK.length())).asString().isEqualTo(OK);
      assertThat(heads.poll(10, TimeUnit.SECONDS))
          .containsIgnoringCase("\r\nx-forwarded-proto: https\r\n");

      replace(certificate, elsewhere.certificate(), 2);
      replace(key, elsewhere.key(), 2);
      assertThat(stack.tap.isOutdated(routes)).isTrue();
      assertThat(stack.tap.reload(routes)).isEmpty();
      first.write("GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(first.head()).startsWith("HTTP/1.1 200");
      for (int i = 0; i < 4; i++) {
        try (Wire second = new Wire(secure(stack, elsewhere))) {
          second.write("GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n");
          assertThat(second.head()).startsWith("HTTP/1.1 200");
        }
      }
      // Without TLS nobody gets anything.
      try (Wire plain = stack.wire()) {
        plain.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(plain.head()).isEmpty();
      }
    }
  }

  @Test
  void certificate_thatIsNone_isRefusedByName() throws Exception {
    Path ca = Files.writeString(folder.resolve("ca.pem"), "nothing");
    SSLServerSocket backend = listen(here);
    TlsOptions tls =
        new TlsOptions(
            SecretSource.fromFile(ca),
            SecretSource.unset(),
            SecretSource.unset(),
            "",
            false,
            null,
            null);
    try (backend) {
      assertThatThrownBy(() -> new TapStack(backend, this::answer, to(backend, tls)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("ca.pem");
    }
  }

  @Test
  void clientOverTls_isNotDisplaced_whileItsRequestIsOpen() throws Exception {
    var go = new CountDownLatch(1);
    try (TapStack stack =
            new TapStack(
                wire -> {
                  heads.add(wire.head());
                  try {
                    go.await(10, TimeUnit.SECONDS);
                  } catch (InterruptedException e) {
                    throw new IOException(e);
                  }
                  wire.json(OK);
                },
                change -> {
                  change.tls = tls(null, "", here, false);
                  change.maxConnections = 1;
                });
        Wire first = new Wire(secure(stack, here))) {
      first.write("GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(heads.poll(10, TimeUnit.SECONDS)).isNotEmpty();
      assertThatThrownBy(() -> secure(stack, here)).isInstanceOf(IOException.class);
      stack.awaitMetric("pharos_tap_connections_closed_total{reason=\"refused\"} 1");
      go.countDown();
      assertThat(first.head()).startsWith("HTTP/1.1 200");
    }
  }
}
