package io.pharos.probe.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pharos.probe.ProbeFile;
import io.pharos.probe.ProbeOutcome;
import io.pharos.probe.ProbeResult;
import io.pharos.state.StoreConfig;
import io.pharos.state.TestingPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Probes of the real things: Redis, PostgreSQL, OpenSSL, the kernel.
@Tag("peer")
@Timeout(120)
class ProbePeerTest {
  @TempDir Path directory;

  private final Prober prober = new Prober(InstantSource.system());
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void close() throws InterruptedException {
    prober.close();
    for (Process process : processes) {
      process.destroyForcibly();
      process.waitFor(10, TimeUnit.SECONDS);
    }
  }

  private ProbeResult probe(String text) throws IOException {
    return prober.probe(
        ProbeFile.parse(
                "p.yml", "probes:\n- name: p\n  interval: 60s\n" + text.indent(2), directory)
            .getFirst());
  }

  private static String reason(ProbeResult result) {
    return switch (result.outcome()) {
      case ProbeOutcome.Success() -> "success";
      case ProbeOutcome.Failure(String reason) -> "failure: " + reason;
      case ProbeOutcome.Unknown(_, String reason) -> "unknown: " + reason;
    };
  }

  private void start(String... command) throws IOException {
    assumeTrue(Files.isExecutable(Path.of(command[0])), command[0] + " is not installed");
    processes.add(
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("peer-" + processes.size()).toFile())
            .start());
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /// Until the probe no longer fails to connect.
  private String settled(String text) throws IOException {
    String last = "";
    for (int i = 0; i < 400; i++) {
      last = reason(probe(text));
      if (!last.contains("Connection refused") && !last.contains("LOADING")) {
        return last;
      }
    }
    return last;
  }

  @Test
  void redis_realServer_authenticatesAndInforms() throws IOException {
    int port = freePort();
    start(
        "/usr/bin/redis-server",
        "--port",
        Integer.toString(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--requirepass",
        "hunter2",
        "--maxmemory",
        "64mb");
    Files.writeString(directory.resolve("pw"), "hunter2");
    Files.writeString(directory.resolve("wrong"), "hunter3");
    String check = "redis: {host: 127.0.0.1, port: " + port;

    assertThat(settled(check + ", password_file: pw}")).isEqualTo("success");
    assertThat(reason(probe(check + "}"))).contains("PING was rejected: \"NOAUTH");
    assertThat(reason(probe(check + ", password_file: wrong}")))
        .contains("AUTH was rejected: \"WRONGPASS")
        .doesNotContain("hunter3");
    ProbeResult result =
        probe(
            check
                + ", password_file: pw, info: maxmemory}\n"
                + "expect: info.role == 'master' && info.used_memory / info.maxmemory < 0.8"
                + " && value == 67108864");
    assertThat(reason(result)).isEqualTo("success");
    assertThat(result.seen().values()).containsEntry("probe_value", 67108864.0);
  }

  @Test
  void postgres_realServer_readsOnly() throws IOException {
    try (TestingPostgres postgres = TestingPostgres.start()) {
      StoreConfig.Postgresql config = postgres.config();
      URI server = URI.create(config.jdbcUrl().substring("jdbc:".length()));
      Files.writeString(directory.resolve("pg"), config.password());
      String check =
          "timeout: 5s\npostgres: {host: %s, port: %d, user: %s, database: %s, password_file: pg, query: "
              .formatted(
                  server.getHost(), server.getPort(), config.user(), server.getPath().substring(1));

      ProbeResult good =
          probe(check + "'select 40 + 2 as answer, 1.5 as x'}\nexpect: value == 42 && row.x < 2");
      assertThat(reason(good)).isEqualTo("success");
      assertThat(good.seen().values()).containsEntry("probe_value", 42.0);
      assertThat(reason(probe(check + "'select generate_series(1, 3)'}\nexpect: rows == 4")))
          .isEqualTo("failure: expected rows == 4, with rows = 3");
      assertThat(reason(probe(check + "'create table t (x int)'}")))
          .startsWith("failure: ")
          .contains("25006");
      assertThat(reason(probe(check + "'set transaction read write'}"))).startsWith("failure: ");
      assertThat(reason(probe(check.replace("5s", "400ms") + "'select pg_sleep(30)'}")))
          .startsWith("failure: ")
          .containsAnyOf("statement timeout", "timed out");
      assertThat(reason(probe(check.replace("user: ", "user: no_") + "'select 1'}")))
          .startsWith("failure: ");
    }
  }

  @Test
  void tls_opensslServer_isSeen() throws Exception {
    int port = freePort();
    start(
        "/usr/bin/openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
        "-days",
        "30",
        "-subj",
        "/CN=probe.example",
        "-addext",
        "subjectAltName=DNS:probe.example");
    assertThat(processes.getFirst().waitFor(60, TimeUnit.SECONDS)).isTrue();
    start(
        "/usr/bin/openssl",
        "s_server",
        "-accept",
        "127.0.0.1:" + port,
        "-cert",
        "cert.pem",
        "-key",
        "key.pem",
        "-tls1_2",
        "-quiet");
    String check =
        "tls: {host: 127.0.0.1, port: %d, tls_config: {ca_file: cert.pem, server_name: "
            .formatted(port);

    assertThat(
            settled(
                check
                    + "probe.example}}\nexpect: tls.version == 'TLSv1.2' && certificate.expires_in"
                    + " > 29d && certificate.names contains 'probe.example'"))
        .isEqualTo("success");
    assertThat(reason(probe(check + "other.example}}"))).startsWith("failure: tls: ");
  }

  @Test
  void icmp_loopback_isAnsweredOrUnknownWithItsReason() throws IOException {
    ProbeResult four = probe("icmp: {host: 127.0.0.1}\nexpect: rtt < 1s && address == '127.0.0.1'");

    assertThat(reason(four))
        .matches("success|unknown: this process is not permitted to send ICMP: .*");
    if (four.outcome() instanceof ProbeOutcome.Success) {
      assertThat(four.seen().values().get("probe_icmp_rtt_seconds")).isBetween(0.0, 1.0);
      // Nobody has an address of this block, which is for documentation.
      assertThat(reason(probe("timeout: 300ms\nicmp: {host: 203.0.113.9}")))
          .matches("failure: .*|unknown: this host has no network.*");
    }
  }
}
