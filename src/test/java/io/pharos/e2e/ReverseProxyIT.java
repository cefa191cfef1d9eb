package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pharos.http.SelfSigned;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The examples of `deploy/reverse-proxy` with the real proxies in front of the packaged program:
/// only host name, ports and certificate are put in.
class ReverseProxyIT {
  private static final String TOKEN = "a-token-for-silences";
  private static final String PUSH_TOKEN = "k7Wv2QxLrTk7Wv2QxLrT";

  @TempDir Path folder;
  private int plainPort;
  private int tlsPort;
  private int pharosPort;

  @Test
  void nginx_exampleInFront_pagesApiAndSilencesPassByTls() throws Exception {
    String nginx = installed("nginx");
    SelfSigned certificate = prepare();
    Path site =
        example(
            "nginx.conf",
            certificate.certificate().toString(),
            "/etc/ssl/pharos/fullchain.pem",
            certificate.key().toString(),
            "/etc/ssl/pharos/key.pem");
    Files.writeString(
        site,
        Files.readString(site)
            .replace("listen 80;", "listen 127.0.0.1:" + plainPort + ";")
            .replace("listen 443 ssl;", "listen 127.0.0.1:" + tlsPort + " ssl;")
            .replace("server_name pharos.example.org;", "server_name localhost;")
            .replace("/var/log/nginx/access.log", folder.resolve("access.log").toString())
            .replace("https://$host$request_uri", "https://$host:" + tlsPort + "$request_uri"));
    Path main = folder.resolve("main.conf");
    Files.writeString(
        main,
        """
        pid %1$s/nginx.pid;
        error_log %1$s/error.log;
        events {}
        http {
          access_log off;
          client_body_temp_path %1$s/body;
          proxy_temp_path %1$s/proxy;
          fastcgi_temp_path %1$s/fastcgi;
          uwsgi_temp_path %1$s/uwsgi;
          scgi_temp_path %1$s/scgi;
          include %2$s;
        }
        """
            .formatted(folder, site));
    passes(
        certificate,
        List.of(nginx, "-p", folder.toString(), "-c", main.toString(), "-g", "daemon off;"));
  }

  @Test
  void haproxy_exampleInFront_pagesApiAndSilencesPassByTls() throws Exception {
    String haproxy = installed("haproxy");
    SelfSigned certificate = prepare();
    Path both = folder.resolve("pharos.pem");
    Files.writeString(
        both, Files.readString(certificate.certificate()) + Files.readString(certificate.key()));
    Path site = example("haproxy.cfg", both.toString(), "/etc/ssl/pharos/pharos.pem");
    Files.writeString(
        site,
        Files.readString(site)
            .replace("bind :80\n", "bind 127.0.0.1:" + plainPort + "\n")
            .replace("bind :443 ", "bind 127.0.0.1:" + tlsPort + " ")
            .replace(
                "redirect scheme https code 301",
                "redirect prefix https://localhost:" + tlsPort + " code 301"));
    passes(certificate, List.of(haproxy, "-db", "-f", site.toString()));
  }

  private static String installed(String program) {
    for (String directory : List.of("/usr/sbin", "/usr/bin", "/usr/local/sbin")) {
      Path path = Path.of(directory, program);
      if (Files.isExecutable(path)) {
        return path.toString();
      }
    }
    System.out.println("e2e: SKIPPED, not installed: " + program);
    assumeTrue(false, program + " is not installed");
    throw new IllegalStateException();
  }

  private SelfSigned prepare() throws Exception {
    plainPort = PharosProcess.freePort();
    tlsPort = PharosProcess.freePort();
    pharosPort = PharosProcess.freePort();
    return SelfSigned.create(folder, "dns:localhost,ip:127.0.0.1", 2);
  }

  /// An example with our paths in the place of its own.
  private Path example(String name, String... replacements) throws IOException {
    String text =
        Files.readString(Path.of("deploy/reverse-proxy", name))
            .replace("127.0.0.1:9095", "127.0.0.1:" + pharosPort);
    for (int i = 0; i < replacements.length; i += 2) {
      assertThat(text).contains(replacements[i + 1]);
      text = text.replace(replacements[i + 1], replacements[i]);
    }
    return Files.writeString(folder.resolve(name), text);
  }

  private void passes(SelfSigned certificate, List<String> proxy) throws Exception {
    try (var pharos = pharos();
        HttpClient client = client(certificate)) {
      Process process =
          new ProcessBuilder(proxy)
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("proxy.log").toFile())
              .start();
      try {
        var _ =
            pharos.await(
                "the proxy's answer",
                Duration.ofSeconds(30),
                () -> answers(client, get("/-/ready"), 200));
        tryAll(client);
        process.destroy(); // what it has to log it has logged then
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        Path log = folder.resolve("access.log");
        String logged = Files.readString(Files.exists(log) ? log : folder.resolve("proxy.log"));
        assertThat(logged).contains("GET /silences").doesNotContain(PUSH_TOKEN);
        assertThat(pharos.terminate()).isIn(0, 143); // a JVM that SIGTERM ended says 143
      } catch (AssertionError e) {
        throw new AssertionError(
            e.getMessage() + "\n" + Files.readString(folder.resolve("proxy.log")), e);
      } finally {
        process.destroy();
        process.waitFor(10, TimeUnit.SECONDS);
      }
    }
  }

  private PharosProcess pharos() throws Exception {
    Path notifications =
        Files.writeString(
            folder.resolve("alertmanager.yml"), "route: {receiver: a}\nreceivers: [{name: a}]\n");
    String hash =
        HexFormat.of()
            .formatHex(
                MessageDigest.getInstance("SHA-256")
                    .digest(TOKEN.getBytes(StandardCharsets.UTF_8)));
    Path tokens =
        Files.writeString(
            folder.resolve("tokens.yml"),
            "tokens: [{name: me, sha256: " + hash + ", scopes: ['silence:write']}]\n");
    Files.setPosixFilePermissions(tokens, PosixFilePermissions.fromString("rw-------"));
    var pharos =
        PharosProcess.serve(
            folder,
            pharosPort,
            "--notifications.file=" + notifications,
            "--web.external-url=https://localhost:" + tlsPort,
            "--web.trusted-proxies=127.0.0.1/32",
            "--tokens.file=" + tokens);
    var _ = pharos.await("ready", Duration.ofSeconds(60), pharos::isReady);
    return pharos;
  }

  private void tryAll(HttpClient client) throws Exception {
    HttpResponse<String> redirected =
        send(
            client,
            HttpRequest.newBuilder(URI.create("http://localhost:" + plainPort + "/silences?x=1"))
                .build());
    assertThat(redirected.statusCode()).isEqualTo(301);
    assertThat(redirected.headers().firstValue("Location"))
        .hasValue("https://localhost:" + tlsPort + "/silences?x=1");
    String push = "/api/push/" + PUSH_TOKEN + "?status=up";
    assertThat(send(client, get(push)).body()).contains("Monitor not found or not active.");
    var plain = HttpRequest.newBuilder(URI.create("http://localhost:" + plainPort + push)).build();
    assertThat(send(client, plain).statusCode()).isEqualTo(301);
    for (String page : List.of("/", "/silences", "/mailbox", "/runbooks")) {
      assertThat(send(client, get(page)).statusCode()).as(page).isEqualTo(200);
    }
    assertThat(send(client, get("/api/v1/query?query=1%2B1")).body()).contains("\"2\"");
    String silence =
        """
        {"matchers":[{"name":"alertname","value":"Down","isRegex":false,"isEqual":true}],
         "startsAt":"%s","endsAt":"%s","createdBy":"me","comment":"known"}
        """
            .formatted(
                Instant.now().truncatedTo(ChronoUnit.SECONDS),
                Instant.now().plusSeconds(3600).truncatedTo(ChronoUnit.SECONDS));
    HttpRequest.Builder post = get("/api/v2/silences").POST(BodyPublishers.ofString(silence));
    post.header("Content-Type", "application/json");
    assertThat(send(client, post.copy()).statusCode()).as("without a token").isEqualTo(401);
    assertThat(send(client, post.copy().header("X-Forwarded-For", "127.0.0.1")).statusCode())
        .as("who claims to be this host")
        .isEqualTo(401);
    assertThat(send(client, post.copy().header("Authorization", "Bearer " + TOKEN)).statusCode())
        .as("with a token")
        .isEqualTo(200);
    assertThat(send(client, get("/api/v2/silences")).body()).contains("known");
    assertThat(send(client, get("/silences")).body()).contains("known");
  }

  private HttpRequest.Builder get(String path) {
    return HttpRequest.newBuilder(URI.create("https://localhost:" + tlsPort + path))
        .timeout(Duration.ofSeconds(20));
  }

  private static boolean answers(HttpClient client, HttpRequest.Builder request, int status) {
    try {
      return send(client, request).statusCode() == status;
    } catch (IOException _) { // it does not listen yet
      return false;
    }
  }

  private static HttpResponse<String> send(HttpClient client, HttpRequest.Builder request)
      throws IOException {
    return send(client, request.build());
  }

  private static HttpResponse<String> send(HttpClient client, HttpRequest request)
      throws IOException {
    try {
      return client.send(request, BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static HttpClient client(SelfSigned certificate) throws Exception {
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    try (InputStream in = Files.newInputStream(certificate.certificate())) {
      trusted.setCertificateEntry(
          "self", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(trusted);
    var context = SSLContext.getInstance("TLS");
    context.init(null, managers.getTrustManagers(), null);
    return HttpClient.newBuilder()
        .sslContext(context)
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(Duration.ofSeconds(5))
        .build();
  }
}
