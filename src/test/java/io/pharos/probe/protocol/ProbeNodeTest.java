package io.pharos.probe.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.NodePackages;
import io.pharos.http.SelfSigned;
import io.pharos.probe.ProbeFile;
import io.pharos.probe.ProbeOutcome;
import io.pharos.probe.ProbeResult;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Probes of gRPC and WebSocket against servers that others wrote: grpc-js and ws.
@Tag("peer")
@Timeout(240)
class ProbeNodeTest {
  @TempDir Path directory;

  private final Prober prober = new Prober(InstantSource.system());
  private Process servers;
  private BufferedReader said;
  private String[] ports;

  @BeforeEach
  void start() throws Exception {
    Path tools =
        NodePackages.in(
            "probe-peers", "@grpc/grpc-js@1.14.7", "grpc-health-check@2.1.0", "ws@8.23.0");
    SelfSigned certificate = SelfSigned.create(directory, "dns:shop.example", 30);
    Files.copy(certificate.certificate(), directory.resolve("cert.pem"));
    servers =
        new ProcessBuilder(
                "node",
                "src/test/resources/io/pharos/probe/servers.mjs",
                tools.toString(),
                certificate.certificate().toString(),
                certificate.key().toString())
            .redirectErrorStream(true)
            .start();
    said = servers.inputReader(StandardCharsets.UTF_8);
    ports = line("ports ").split(" ");
  }

  private String line(String begin) throws IOException {
    var others = new StringBuilder();
    for (String line = said.readLine(); line != null; line = said.readLine()) {
      if (line.startsWith(begin)) {
        return line.substring(begin.length());
      }
      others.append(line).append('\n');
    }
    throw new AssertionError("the servers ended: " + others);
  }

  @AfterEach
  void close() throws InterruptedException {
    prober.close();
    if (servers != null) {
      servers.destroyForcibly();
      servers.waitFor(10, TimeUnit.SECONDS);
    }
  }

  private String probe(String text) {
    ProbeResult result =
        prober.probe(
            ProbeFile.parse("p.yml", "probes:\n- name: p\n" + text.indent(2), directory)
                .getFirst());
    return switch (result.outcome()) {
      case ProbeOutcome.Success() -> "success";
      case ProbeOutcome.Failure(String reason) -> "failure: " + reason;
      case ProbeOutcome.Unknown(_, String reason) -> "unknown: " + reason;
    };
  }

  @Test
  void grpcJs_healthOfServerAndService_isSeen() throws IOException {
    String server = "grpc: {host: 127.0.0.1, port: " + ports[0];

    assertThat(probe(server + "}")).isEqualTo("success");
    assertThat(probe(server + ", service: shop}")).isEqualTo("success");
    assertThat(probe(server + ", service: nobody}"))
        .startsWith("failure: found NOT_FOUND with ")
        .endsWith("expected OK of grpc.health.v1.Health/Check for \"nobody\"");
    servers.outputWriter().append("NOT_SERVING\n").flush();
    line("is NOT_SERVING");
    assertThat(probe(server + ", service: shop}"))
        .isEqualTo("failure: found NOT_SERVING, expected SERVING");
    assertThat(probe(server + ", service: shop}\nexpect: status == 'NOT_SERVING' && code == 'OK'"))
        .isEqualTo("success");
  }

  @Test
  void grpcJs_overTls_isSeenWithItsCertificate() {
    String server = "grpc: {host: 127.0.0.1, tls: true, port: " + ports[1];

    assertThat(
            probe(
                server
                    + ", tls_config: {ca_file: cert.pem, server_name: shop.example}}\n"
                    + "expect: certificate.names contains 'shop.example' && tls.version == 'TLSv1.3'"))
        .isEqualTo("success");
    assertThat(probe(server + "}")).startsWith("failure: tls: ");
    assertThat(probe("grpc: {host: 127.0.0.1, port: " + ports[1] + "}")).startsWith("failure: ");
  }

  @Test
  void grpcJs_withoutHealth_isUnimplemented() {
    assertThat(probe("grpc: {host: 127.0.0.1, port: " + ports[2] + "}"))
        .startsWith("failure: found UNIMPLEMENTED");
  }

  @Test
  void ws_messageAndItsAnswer_andAPoliteEnd() throws IOException {
    String server = "websocket: {url: 'ws://127.0.0.1:" + ports[3];

    assertThat(probe(server + "/ws', send: hello}\nexpect: body.echo == 'hello'"))
        .isEqualTo("success");
    assertThat(line("closed ")).isEqualTo("1000");
    assertThat(probe(server + "/ws'}")).isEqualTo("success");
    assertThat(probe(server + "/other'}")).isEqualTo("failure: found status 400, expected 101");
    assertThat(probe("websocket: {url: 'ws://127.0.0.1:" + ports[0] + "/'}"))
        .startsWith("failure: ");
  }
}
