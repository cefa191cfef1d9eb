package io.pharos.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.pharos.faults.FaultRun.Target;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The alerts on nginx, HAProxy and certificates, raised by these programs and Debian's exporters.
@Tag("slow")
@Tag("peer")
@Timeout(120)
class ProxyFaultsTest {
  /// Dropped connections in three minutes that are more than the rule's one in a hundred seconds.
  private static final int ENOUGH = 6;

  @TempDir Path folder;

  private LivePrograms programs;

  @BeforeEach
  void begin() {
    programs = new LivePrograms(folder);
  }

  @AfterEach
  void close() {
    programs.close();
  }

  /// nginx with one server.
  ///
  /// @param server what stands in it
  private void nginx(int connections, String server) throws IOException {
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
            events { worker_connections %2$d; }
            http {
              access_log off;
              %3$s
              server { %4$s }
            }
            """
                .formatted(home, connections, paths, server));
    programs.start("nginx", Map.of(), "nginx", "-p", home.toString(), "-c", file.toString());
  }

  @Test
  void nginx_thatDropsConnections_isTold() throws Exception {
    LivePrograms.need("nginx", "prometheus-nginx-exporter");
    int port = LivePrograms.freePort();
    nginx(8, "listen 127.0.0.1:%d; location /nginx_status { stub_status; }".formatted(port));
    programs.export(
        "nginx-exporter",
        Map.of(),
        "prometheus-nginx-exporter",
        "--nginx.scrape-uri=http://127.0.0.1:" + port + "/nginx_status",
        "--web.listen-address=");
    Map<String, String> healthy = programs.pagesWith("nginx_up 1");
    try (var run = new FaultRun(programs.targets(), "proxies")) {
      run.show(healthy);
      run.pass(Duration.ofMinutes(10));
      assertThat(run.firing()).isEmpty();
      var last = new double[1];
      for (int minutes = 0; minutes < 12; minutes += 3) {
        Map<String, String> more =
            programs.pagesAs(
                "more connections that are dropped",
                pages -> {
                  if (dropped(pages) >= last[0] + ENOUGH) {
                    return true;
                  }
                  crowd(port, 20);
                  return false;
                });
        last[0] = dropped(more);
        run.show(more);
        run.pass(Duration.ofMinutes(3));
      }
      assertThat(run.firing()).containsExactly("NginxDropping");
    }
  }

  private static double dropped(Map<String, String> pages) {
    return LivePrograms.value(pages, "nginx_connections_accepted ")
        - LivePrograms.value(pages, "nginx_connections_handled ");
  }

  /* Each begins a request, so that none is closed for the next: whom nginx has seen to do so stays,
   * and the ones too many are closed, often the last. */
  private static void crowd(int port, int count) {
    var sockets = new ArrayList<Socket>();
    try {
      for (int i = 0; i < count; i++) {
        var socket = new Socket("127.0.0.1", port);
        sockets.add(socket);
        socket.getOutputStream().write('G');
      }
      sockets.getLast().setSoTimeout(100);
      int _ = sockets.getLast().getInputStream().read();
    } catch (IOException _) {
      // Reset, since something was sent, or not closed.
    } finally {
      for (Socket socket : sockets) {
        try {
          socket.close();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  @Test
  void haproxy_fullAndWithABrokenServer_isTold() throws Exception {
    LivePrograms.need("haproxy");
    HttpServer broken = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    broken.createContext(
        "/",
        exchange -> {
          try (exchange) {
            exchange.sendResponseHeaders(500, -1);
          }
        });
    broken.start();
    int web = LivePrograms.freePort();
    int own = LivePrograms.freePort();
    Path file =
        Files.writeString(
            folder.resolve("haproxy.cfg"),
            """
            defaults
              mode http
              timeout client 20s
              timeout http-request 20s
              timeout server 5s
              timeout connect 1s
            frontend metrics
              bind 127.0.0.1:%d
              http-request use-service prometheus-exporter if { path /metrics }
            frontend web
              bind 127.0.0.1:%d
              maxconn 10
              default_backend app
            backend app
              server a 127.0.0.1:%d check inter 200ms fall 2
            """
                .formatted(own, web, broken.getAddress().getPort()));
    programs.start("haproxy", Map.of(), "haproxy", "-db", "-f", file.toString());
    programs.target("haproxy", "127.0.0.1:" + own);
    Map<String, String> healthy =
        programs.pagesWith("haproxy_backend_active_servers{proxy=\"app\"} 1");
    try (var run = new FaultRun(programs.targets(), "proxies")) {
      run.show(healthy);
      run.pass(Duration.ofMinutes(10));
      assertThat(run.firing()).isEmpty();

      var raised = new TreeSet<String>();
      for (int minutes = 0; minutes < 12; minutes += 3) {
        for (int i = 0; i < 40; i++) {
          assertThat(LivePrograms.say(web, "GET / HTTP/1.0", "")).contains(" 500 ");
        }
        var held = new ArrayList<Socket>();
        for (int i = 0; i < 9; i++) {
          held.add(new Socket("127.0.0.1", web));
        }
        run.show(programs.pagesWith("haproxy_frontend_current_sessions{proxy=\"web\"} 9"));
        for (Socket socket : held) {
          socket.close();
        }
        run.pass(Duration.ofMinutes(3));
        raised.addAll(run.firing());
      }
      assertThat(raised).containsExactlyInAnyOrder("HaproxyErrors", "HaproxySessionsFull");

      broken.stop(0);
      run.show(programs.pagesWith("haproxy_backend_active_servers{proxy=\"app\"} 0"));
      run.pass(Duration.ofMinutes(8));
      assertThat(run.firing()).containsExactlyInAnyOrder("HaproxyNoServer", "HaproxyServerDown");
    } finally {
      broken.stop(0);
    }
  }

  @Test
  void certificatesThatEnd_areTold() throws Exception {
    LivePrograms.need("nginx", "openssl", "prometheus-blackbox-exporter");
    int port = LivePrograms.freePort();
    String blackbox = "127.0.0.1:" + LivePrograms.freePort();
    programs.start(
        "blackbox",
        Map.of(),
        "prometheus-blackbox-exporter",
        "--config.file="
            + Files.writeString(
                folder.resolve("blackbox.yml"),
                "modules: {tls: {prober: tcp, tcp: {tls: true, tls_config: {insecure_skip_verify: true}}}}\n"),
        "--web.listen-address=" + blackbox);
    var page = "http://" + blackbox + "/probe?module=tls&target=127.0.0.1:" + port;
    var fired = new TreeMap<Integer, Object>();
    var targets = List.of(new Target("blackbox", blackbox, "host: h1"));
    try (var run = new FaultRun(targets, "pharos/probes")) {
      for (int days : new int[] {90, 20, 2}) {
        certificate(days, port);
        run.show(Map.of(blackbox, probed(page)));
        run.pass(Duration.ofMinutes(12));
        fired.put(days, run.firing());
      }
    }
    assertThat(fired)
        .isEqualTo(
            Map.of(
                90, new TreeSet<>(List.of("ProbesMissing")),
                20, new TreeSet<>(List.of("CertificateExpiring", "ProbesMissing")),
                2,
                    new TreeSet<>(
                        List.of(
                            "CertificateExpiring", "CertificateExpiringSoon", "ProbesMissing"))));
  }

  private void certificate(int days, int port) throws Exception {
    var command =
        new ProcessBuilder(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-subj",
                "/CN=localhost",
                "-days",
                "" + days,
                "-keyout",
                folder.resolve("key.pem").toString(),
                "-out",
                folder.resolve("cert.pem").toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("openssl.log").toFile());
    assertThat(command.start().waitFor()).isZero();
    nginx(
        64,
        "listen 127.0.0.1:%d ssl; ssl_certificate %s; ssl_certificate_key %s;"
            .formatted(port, folder.resolve("cert.pem"), folder.resolve("key.pem")));
  }

  /* As soon as nginx is there. */
  private String probed(String page) throws InterruptedException {
    var last = new String[1];
    var _ =
        programs.pagesAs(
            page,
            _ -> {
              try {
                last[0] = programs.get(page);
              } catch (IOException _) {
                return false;
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return last[0].contains("\nprobe_success 1")
                  && last[0].contains("\nprobe_ssl_earliest_cert_expiry ");
            });
    return last[0];
  }
}
