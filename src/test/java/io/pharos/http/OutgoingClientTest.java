package io.pharos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.pharos.config.http.Credentials;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.ProxyOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.TlsOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Against real servers, in clear and by TLS with a certificate of their own.
class OutgoingClientTest {
  private static final Duration LONG = Duration.ofSeconds(10);

  @TempDir Path folder;

  private final Clients clients = new Clients(InstantSource.system());
  private final CountDownLatch release = new CountDownLatch(1);
  private HttpServer server;
  private @Nullable HttpsServer secure;

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/slow",
        exchange -> {
          exchange.sendResponseHeaders(200, 4);
          exchange.getResponseBody().write("do".getBytes());
          exchange.getResponseBody().flush();
          try {
            release.await();
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
          exchange.getResponseBody().write("ne".getBytes());
          exchange.close();
        });
    server.createContext(
        "/moved",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.getResponseHeaders().add("Location", "/seen");
          int status = Integer.parseInt(exchange.getRequestURI().getQuery());
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    server.createContext(
        "/seen",
        exchange -> {
          String text =
              exchange.getRequestMethod()
                  + " "
                  + new String(exchange.getRequestBody().readAllBytes())
                  + " "
                  + exchange.getRequestHeaders().getFirst("Authorization");
          exchange.sendResponseHeaders(200, text.length());
          exchange.getResponseBody().write(text.getBytes());
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    release.countDown();
    server.stop(0);
    if (secure != null) {
      secure.stop(0);
    }
    clients.close();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(
        URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path));
  }

  private String send(HttpOptions options, HttpRequest request, Duration limit)
      throws IOException, InterruptedException {
    try (var client = clients.open(options)) {
      return client.send(request, BodyHandlers.ofString(), limit).body();
    }
  }

  @Test
  void send_serverThatHangsBehindTheHeaders_endsInTime() {
    assertThatThrownBy(
            () -> send(HttpOptions.DEFAULT, request("/slow").build(), Duration.ofMillis(200)))
        .isInstanceOf(HttpTimeoutException.class)
        .hasMessageContaining("within 200ms");
  }

  @Test
  void send_wholeAnswer_isGiven() throws Exception {
    release.countDown();
    assertThat(send(HttpOptions.DEFAULT, request("/slow").build(), LONG)).isEqualTo("done");
  }

  @Test
  void send_serverThatIsGone_isAnIoException() {
    server.stop(0);
    assertThatThrownBy(() -> send(HttpOptions.DEFAULT, request("/seen").build(), LONG))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(OutgoingClient.CredentialsException.class);
  }

  /// A client resolves names on its threads, which would block the carriers of virtual ones.
  @Test
  void send_clientsThreads_arePlatformThreads() throws Exception {
    var virtual = new AtomicBoolean(true);
    try (var client = clients.open(HttpOptions.DEFAULT)) {
      client.send(
          request("/seen").build(),
          info -> {
            virtual.set(Thread.currentThread().isVirtual());
            return BodyHandlers.ofString().apply(info);
          },
          LONG);
    }
    assertThat(virtual).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"302, GET  Bearer t", "307, POST body Bearer t"})
  void send_redirect_isFollowedAsTheStatusSays(int status, String seen) throws Exception {
    HttpRequest post =
        request("/moved?" + status).POST(HttpRequest.BodyPublishers.ofString("body")).build();

    assertThat(send(HttpOptions.bearer(SecretSource.inline("t")), post, LONG)).isEqualTo(seen);
  }

  @Test
  void send_secretsThatCantBeSent_areCredentialsAndNotShown() {
    var missing = HttpOptions.bearer(SecretSource.fromFile(folder.resolve("none")));
    assertThatThrownBy(() -> send(missing, request("/seen").build(), LONG))
        .isInstanceOf(OutgoingClient.CredentialsException.class)
        .hasMessageContaining("unable to read file " + folder.resolve("none"));
    var broken = HttpOptions.bearer(SecretSource.inline("hush\nhush"));
    assertThatThrownBy(() -> send(broken, request("/seen").build(), LONG))
        .isInstanceOf(OutgoingClient.CredentialsException.class)
        .hasMessageNotContaining("hush");
  }

  private URI secure(SelfSigned self) throws IOException {
    HttpsServer https = HttpsServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    https.setHttpsConfigurator(new HttpsConfigurator(self.server()));
    https.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    https.start();
    secure = https;
    return URI.create("https://127.0.0.1:" + https.getAddress().getPort() + "/");
  }

  private static HttpOptions options(TlsOptions tls) {
    return new HttpOptions(new Credentials.None(), tls, ProxyOptions.NONE, Map.of(), true, false);
  }

  private static HttpOptions options(
      SecretSource ca, SecretSource cert, SecretSource key, String serverName) {
    return options(new TlsOptions(ca, cert, key, serverName, false, null, null));
  }

  private int status(HttpOptions options, URI url) throws IOException, InterruptedException {
    try (var client = clients.open(options)) {
      return client
          .send(HttpRequest.newBuilder(url).build(), BodyHandlers.discarding(), LONG)
          .statusCode();
    }
  }

  @Test
  void tls_trustsTheAuthorityAndTheNameThatTheOptionsSay() throws Exception {
    SelfSigned self = SelfSigned.create(folder, "dns:named.example", 5);
    URI url = secure(self);
    SecretSource ca = SecretSource.fromFile(self.certificate());
    SecretSource none = SecretSource.unset();

    assertThat(status(options(ca, none, none, "named.example"), url)).isEqualTo(204);
    assertThat(status(options(new TlsOptions(none, none, none, "", true, null, null)), url))
        .isEqualTo(204);
    assertThatThrownBy(() -> status(options(ca, none, none, "other.example"), url))
        .isInstanceOf(SSLException.class);
    assertThatThrownBy(() -> status(options(ca, none, none, ""), url))
        .isInstanceOf(SSLException.class);
    assertThatThrownBy(() -> status(HttpOptions.DEFAULT, url)).isInstanceOf(SSLException.class);
  }

  @Test
  void tls_pemInTheConfigurationAndKeysInPkcs1_areTaken() throws Exception {
    SelfSigned self = SelfSigned.create(folder, "ip:127.0.0.1", 5);
    URI url = secure(self);
    SecretSource pem = SecretSource.inline(Files.readString(self.certificate()));
    SecretSource key = SecretSource.inline(Files.readString(self.key()));
    assertThat(status(options(pem, pem, key, ""), url)).isEqualTo(204);

    byte[] pkcs8 = KeyPairGenerator.getInstance("RSA").generateKeyPair().getPrivate().getEncoded();
    Path rsa = folder.resolve("rsa.pem");
    // The inner key begins after the outer head of 4, the 18 bytes of the algorithm, and 4 more.
    SelfSigned.pem(rsa, "RSA PRIVATE KEY", Arrays.copyOfRange(pkcs8, 26, pkcs8.length));
    assertThat(status(options(pem, pem, SecretSource.fromFile(rsa), ""), url)).isEqualTo(204);
  }

  @Test
  void tls_fileThatChanges_countsAtTheNextRequest() throws Exception {
    SelfSigned self = SelfSigned.create(folder, "ip:127.0.0.1", 5);
    SelfSigned other = SelfSigned.create(folder, "dns:other", 5);
    URI url = secure(self);
    Path ca = Files.copy(other.certificate(), folder.resolve("ca.pem"));
    SecretSource none = SecretSource.unset();
    try (var client = clients.open(options(SecretSource.fromFile(ca), none, none, ""))) {
      HttpRequest request = HttpRequest.newBuilder(url).build();
      assertThatThrownBy(() -> client.send(request, BodyHandlers.discarding(), LONG))
          .isInstanceOf(SSLException.class);

      Files.writeString(ca, Files.readString(self.certificate()));
      Files.setLastModifiedTime(ca, FileTime.from(Instant.EPOCH));

      assertThat(client.send(request, BodyHandlers.discarding(), LONG).statusCode()).isEqualTo(204);
    }
  }

  @Test
  void prepare_filesThatCantBeUsed_areRefusedWithTheirNames() throws Exception {
    SelfSigned self = SelfSigned.create(folder, "ip:127.0.0.1", 5);
    SecretSource cert = SecretSource.fromFile(self.certificate());
    SecretSource empty = SecretSource.fromFile(Files.writeString(folder.resolve("empty.pem"), ""));
    SecretSource gone = SecretSource.fromFile(folder.resolve("gone.pem"));
    SecretSource none = SecretSource.unset();

    assertRefused(options(gone, none, none, ""), "gone.pem");
    assertRefused(options(empty, none, none, ""), "empty.pem: contains no certificate");
    assertRefused(options(SecretSource.inline("x"), none, none, ""), "tls_config: ca: ");
    assertRefused(options(none, cert, cert, ""), "contains no private key");
  }

  private void assertRefused(HttpOptions options, String part) {
    try (var client = clients.open(options)) {
      assertThatThrownBy(client::prepare)
          .isInstanceOf(OutgoingClient.CredentialsException.class)
          .hasMessageContaining("tls_config: ")
          .hasMessageContaining(part);
    }
  }
}
