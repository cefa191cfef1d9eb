package io.pharos.alerting.notify.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.pharos.alerting.notify.NotifyResult;
import io.pharos.config.alertmanager.HttpConfig;
import io.pharos.config.alertmanager.ProxyConfig;
import io.pharos.config.alertmanager.SecretValue;
import io.pharos.config.alertmanager.TlsConfig;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `tls_config` against a real TLS server with a certificate of its own.
class HttpClientsTest {
  private static final Instant NOW = NotificationSamples.NOW;
  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir static Path folder;

  private static final ExecutorService EXECUTOR = Executors.newVirtualThreadPerTaskExecutor();
  private static HttpsServer server;
  private static Path certificate;
  private static Path key;

  @BeforeAll
  static void start() throws Exception {
    Path store = folder.resolve("server.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost,ip:127.0.0.1",
                "-validity",
                "3650",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .start();
    keytool.getInputStream().readAllBytes();
    assertThat(keytool.waitFor()).isZero();
    var keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    certificate = pem("cert.pem", "CERTIFICATE", keys.getCertificate("server").getEncoded());
    key = pem("key.pem", "PRIVATE KEY", keys.getKey("server", PASSWORD).getEncoded());
    var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(keys, PASSWORD);
    var context = SSLContext.getInstance("TLS");
    context.init(factory.getKeyManagers(), null, null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.setExecutor(EXECUTOR);
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
  }

  @AfterAll
  static void stop() {
    server.stop(0);
    EXECUTOR.shutdownNow();
  }

  private static Path pem(String file, String kind, byte[] der) throws Exception {
    String base64 = Base64.getMimeEncoder(64, "\n".getBytes()).encodeToString(der);
    return Files.writeString(
        folder.resolve(file),
        "-----BEGIN " + kind + "-----\n" + base64 + "\n-----END " + kind + "-----\n");
  }

  private static TlsConfig tls(
      Path ca,
      Path cert,
      Path key,
      String serverName,
      boolean skip,
      String minVersion,
      String maxVersion) {
    return new TlsConfig(file(ca), file(cert), file(key), serverName, skip, minVersion, maxVersion);
  }

  private static SecretValue file(Path path) {
    return path == null ? SecretValue.unset() : SecretValue.fromFile(path);
  }

  private static HttpConfig config(TlsConfig tls) {
    return new HttpConfig(null, null, null, tls, ProxyConfig.NONE, Map.of(), true, false);
  }

  private static HttpPoster.Outcome post(TlsConfig tls) {
    HttpConfig config = config(tls);
    try (var client = HttpClients.create(config, EXECUTOR)) {
      return new HttpPoster(client, InstantSource.fixed(NOW))
          .post(
              config,
              "https://127.0.0.1:" + server.getAddress().getPort() + "/SECRET",
              "{}",
              "d",
              Duration.ZERO,
              NOW.plusSeconds(60));
    }
  }

  @Test
  void ownAuthority_isTrusted() {
    assertThat(post(tls(certificate, null, null, "", false, "TLS12", "")))
        .isEqualTo(new HttpPoster.Outcome.Answered(204, ""));
  }

  @Test
  void clientCertificate_isLoaded() {
    assertThat(post(tls(certificate, certificate, key, "", false, "", "TLS13")))
        .isEqualTo(new HttpPoster.Outcome.Answered(204, ""));
  }

  @Test
  void inlinePem_isLoadedLikeFiles() throws Exception {
    SecretValue pem = SecretValue.inline(Files.readString(certificate));
    SecretValue privateKey = SecretValue.inline(Files.readString(key));
    assertThat(post(new TlsConfig(pem, pem, privateKey, "", false, "", "")))
        .isEqualTo(new HttpPoster.Outcome.Answered(204, ""));
    assertRefused(
        new TlsConfig(
            SecretValue.inline("x"), SecretValue.unset(), SecretValue.unset(), "", false, "", ""),
        "ca");
  }

  @Test
  void unknownAuthority_isRetryableAndSaysTls() {
    assertThat(post(TlsConfig.DEFAULT))
        .isInstanceOfSatisfying(
            HttpPoster.Outcome.Failed.class,
            failed ->
                assertThat(failed.result())
                    .isInstanceOf(NotifyResult.Retryable.class)
                    .asString()
                    .contains("TLS: ")
                    .doesNotContain("SECRET"));
  }

  @Test
  void skippedVerification_acceptsAnyCertificate() {
    assertThat(post(tls(null, null, null, "", true, "", "")))
        .isEqualTo(new HttpPoster.Outcome.Answered(204, ""));
  }

  @Test
  void configurationThatCannotBeMet_isRefused() throws Exception {
    assertRefused(tls(folder.resolve("none.pem"), null, null, "", false, "", ""), "none.pem");
    assertRefused(tls(null, null, null, "other", false, "", ""), "server_name");
    assertRefused(tls(null, null, null, "", false, "SSL3", ""), "unknown TLS version SSL3");
    assertRefused(tls(null, null, null, "", false, "TLS13", "TLS12"), "above max_version");
    assertRefused(tls(null, certificate, certificate, "", false, "", ""), "PKCS #8");
    Path empty = Files.writeString(folder.resolve("empty.pem"), "");
    assertRefused(tls(empty, null, null, "", false, "", ""), "empty.pem");
  }

  private static void assertRefused(TlsConfig tls, String part) {
    assertThatThrownBy(() -> HttpClients.create(config(tls), EXECUTOR))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tls_config")
        .hasMessageContaining(part);
  }
}
