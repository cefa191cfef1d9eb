package io.pharos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pharos.config.http.Credentials;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.ProxyOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.TlsOptions;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A kept connection by TLS to nginx, which wants to see a certificate.
@Tag("peer")
@Timeout(60)
class KeptTlsPeerTest {
  private static final Path NGINX = Path.of("/usr/sbin/nginx");
  private static final Duration LONG = Duration.ofSeconds(20);

  @TempDir Path folder;

  private final Clients clients = new Clients(InstantSource.system(), Map.of());
  private final KeptConnection kept = new KeptConnection();
  private SelfSigned self;
  private OutgoingClient client;
  private Process nginx;
  private int port;

  @BeforeEach
  void start() throws Exception {
    assumeTrue(Files.isExecutable(NGINX), NGINX + " is not installed");
    self = SelfSigned.create(folder, "dns:pharos.example", 2);
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
  }

  @AfterEach
  void stop() throws InterruptedException {
    kept.close();
    if (client != null) {
      client.close();
    }
    clients.close();
    if (nginx != null) {
      nginx.descendants().forEach(ProcessHandle::destroyForcibly);
      nginx.destroyForcibly();
      nginx.waitFor(10, TimeUnit.SECONDS);
    }
  }

  private void serve(String protocol, String more) throws Exception {
    Path file = folder.resolve("nginx.conf");
    Files.writeString(
        file,
        """
        pid FOLDER/pid;
        error_log FOLDER/error.log;
        worker_processes 1;
        daemon off;
        events { worker_connections 64; }
        http {
          access_log off;
          client_body_temp_path FOLDER/a;
          proxy_temp_path FOLDER/b;
          fastcgi_temp_path FOLDER/c;
          uwsgi_temp_path FOLDER/d;
          scgi_temp_path FOLDER/e;
          MORE
          server {
            listen 127.0.0.1:PORT ssl;
            ssl_protocols PROTOCOL;
            ssl_certificate CERT;
            ssl_certificate_key KEY;
            ssl_session_cache shared:s:1m;
            ssl_client_certificate CERT;
            ssl_verify_client on;
            add_header X-Seen "$ssl_server_name $ssl_client_verify $ssl_session_reused $connection_requests";
            location / { return 200 "x 1\\n"; }
          }
        }
        """
            .replace("FOLDER", folder.toString())
            .replace("MORE", more)
            .replace("PORT", Integer.toString(port))
            .replace("PROTOCOL", protocol)
            .replace("CERT", self.certificate().toString())
            .replace("KEY", self.key().toString()));
    nginx =
        new ProcessBuilder(NGINX.toString(), "-c", file.toString(), "-p", folder.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("nginx.log").toFile())
            .start();
    var certificate = new SecretSource.FromFile(self.certificate());
    client =
        clients.open(
            new HttpOptions(
                new Credentials.None(),
                new TlsOptions(
                    certificate,
                    certificate,
                    new SecretSource.FromFile(self.key()),
                    "pharos.example",
                    false,
                    null,
                    null),
                ProxyOptions.NONE,
                Map.of(),
                true,
                true));
    for (boolean listens = false; !listens; ) {
      assertThat(nginx.isAlive()).as(Files.readString(folder.resolve("nginx.log"))).isTrue();
      try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
        listens = true;
      } catch (ConnectException _) {
        Thread.onSpinWait();
      }
    }
  }

  /// The name asked for, whether the certificate was taken, whether the session was known, and how
  /// many requests the connection has had.
  private String seen() throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port + "/metrics")).build();
    HttpResponse<byte[]> answer = client.send(request, BoundedBody.of(1000), LONG, kept);
    assertThat(answer.statusCode()).isEqualTo(200);
    return answer.headers().firstValue("X-Seen").orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void requests_goByOneConnection_andTheNextByTheSameSession(String protocol) throws Exception {
    serve(protocol, "");
    assertThat(seen()).isEqualTo("pharos.example SUCCESS . 1");
    assertThat(seen()).isEqualTo("pharos.example SUCCESS . 2");
    assertThat(kept.awaitClosed(Duration.ofMillis(5))).isFalse();
    assertThat(seen()).isEqualTo("pharos.example SUCCESS . 3");
    kept.close();
    assertThat(seen()).isEqualTo("pharos.example SUCCESS r 1");
  }

  @ParameterizedTest
  @CsvSource({"TLSv1.2, kill", "TLSv1.3, kill", "TLSv1.2, end", "TLSv1.3, end"})
  void serverThatGoes_isSeenAtOnce(String protocol, String how) throws Exception {
    serve(protocol, "");
    assertThat(seen()).endsWith(" 1");
    if (how.equals("kill")) {
      nginx.descendants().forEach(ProcessHandle::destroyForcibly);
      nginx.destroyForcibly();
    } else {
      nginx.destroy();
    }
    assertThat(kept.awaitClosed(LONG)).isTrue();
    assertThat(kept.isOpen()).isFalse();
  }

  @Test
  void serverThatClosesWhatIsIdle_isConnectedToAgain() throws Exception {
    serve("TLSv1.3", "keepalive_timeout 1s;");
    assertThat(seen()).endsWith(". 1");
    assertThat(kept.awaitClosed(LONG)).isTrue();
    assertThat(seen()).endsWith("r 1");
  }

  @Test
  void serverThatClosesAfterSomeRequests_isConnectedToAgain() throws Exception {
    serve("TLSv1.2", "keepalive_requests 2;");
    assertThat(seen()).endsWith(". 1");
    assertThat(seen()).endsWith(". 2");
    assertThat(kept.isOpen()).isFalse();
    assertThat(seen()).endsWith("r 1");
  }
}
