package io.pharos.probe.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.http.SelfSigned;
import io.pharos.probe.ProbeFile;
import io.pharos.probe.ProbeOutcome;
import io.pharos.probe.ProbeResult;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/// The types of probe beside HTTP and TCP, against servers of the test's own, polite and hostile.
@Timeout(60)
class ProbeTypesTest {
  @TempDir Path directory;

  private final Prober prober = new Prober(InstantSource.system());

  @AfterEach
  void close() {
    prober.close();
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

  /// What a probe says of a server that answers every connection with these bytes.
  private String against(String answer, boolean holds, String text) throws IOException {
    try (var server = new RawServer()) {
      server.reads = false;
      server.answer = answer;
      server.holds = holds;
      return reason(probe(text.replace("PORT", Integer.toString(server.port()))))
          .replace(Integer.toString(server.port()), "PORT");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SSH-2.0-OpenSSH_9.6 | success",
        "welcome;here;SSH-1.99-x | success",
        "SSH-1.5-old | failure: found \"SSH-1.5-old\", expected the banner of an SSH 2 server",
        "HTTP/1.1 400 Bad | failure: processing: the connection was closed before a banner arrived",
      })
  void ssh_banner_isJudged(String answer, String expected) throws IOException {
    assertThat(
            against(
                answer.replace(";", "\r\n") + "\r\n", false, "ssh: {host: 127.0.0.1, port: PORT}"))
        .isEqualTo(expected);
  }

  @Test
  void ssh_endlessLine_isRefusedAtTheBound() throws IOException {
    assertThat(against("x".repeat(100_000), true, "ssh: {host: 127.0.0.1, port: PORT}"))
        .startsWith("failure: found \"xxx");
  }

  @Test
  void ssh_expectation_seesTheBanner() throws IOException {
    assertThat(
            against(
                "SSH-2.0-Dropbear\n",
                false,
                "ssh: {host: 127.0.0.1, port: PORT}\nexpect: banner contains 'OpenSSH'"))
        .isEqualTo(
            "failure: expected banner contains 'OpenSSH', with banner = \"SSH-2.0-Dropbear\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "+PONG; | success",
        "-NOAUTH Authentication required.; | failure: PING was rejected: \"NOAUTH Authentication required.\"",
        "+PONK; | failure: the answer to PING is \"PONK\", expected PONG",
        "HTTP/1.1 400 Bad; | failure: found \"HTTP/1.1 400 Bad\", expected an answer of a Redis server",
        "$99999999999;x | failure: found an answer of \"99999999999\" bytes, expected at most 1048576",
        "$100;x | failure: processing: the connection was closed after 1 of 100 bytes",
        "$-1; | failure: the answer to PING is null, expected a text",
        "$1048577;x | failure: found an answer of \"1048577\" bytes, expected at most 1048576",
        "$many; | failure: found an answer of \"many\" bytes, expected at most 1048576",
        "$4;PONG; | success",
        "; | failure: found \"\", expected an answer of a Redis server",
        "+PON | failure: processing: the connection was closed before an answer arrived",
        "'' | failure: processing: the connection was closed before an answer arrived",
      })
  void redis_answer_isJudged(String answer, String expected) throws IOException {
    assertThat(against(answer.replace(";", "\r\n"), false, "redis: {host: 127.0.0.1, port: PORT}"))
        .isEqualTo(expected);
  }

  @Test
  void redis_passwordInAnError_isMasked() throws IOException {
    Files.writeString(directory.resolve("pw"), "hunter2\n");

    assertThat(
            against(
                "-ERR unknown command 'AUTH', with args beginning with: 'hunter2'\r\n",
                false,
                "redis: {host: 127.0.0.1, port: PORT, password_file: pw}"))
        .isEqualTo(
            "failure: AUTH was rejected: \"ERR unknown command 'AUTH', with args beginning with:"
                + " '<secret>'\"");
  }

  @Test
  void redis_passwordFileMissing_isUnknown() throws IOException {
    assertThat(against("+OK\r\n", false, "redis: {host: 127.0.0.1, port: PORT, password_file: no}"))
        .startsWith("unknown: password_file ")
        .contains("can't be read");
  }

  @Test
  void redis_endlessLine_isRefusedAtTheBound() throws IOException {
    assertThat(against("+" + "x".repeat(10_000), true, "redis: {host: 127.0.0.1, port: PORT}"))
        .startsWith("failure: found \"+xxx")
        .endsWith("expected an answer of a Redis server");
  }

  /// What a probe sends to a server that answers at once, whatever it is asked.
  private String sent(String answer, String text) throws Exception {
    try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var sent = new CompletableFuture<String>();
      Thread.ofVirtual()
          .start(
              () -> {
                try (Socket socket = server.accept()) {
                  socket.getOutputStream().write(answer.getBytes(UTF_8));
                  sent.complete(new String(socket.getInputStream().readAllBytes(), UTF_8));
                } catch (IOException e) {
                  sent.completeExceptionally(e);
                }
              });
      String port = Integer.toString(server.getLocalPort());
      assertThat(reason(probe(text.replace("PORT", port)))).isEqualTo("success");
      return sent.get();
    }
  }

  @Test
  void redis_login_namesTheUserWhereThereIsOne() throws Exception {
    Files.writeString(directory.resolve("pw"), "hunter2\n");
    String ping = "*1\r\n$4\r\nPING\r\n";
    String password = "$7\r\nhunter2\r\n";

    assertThat(sent("+PONG\r\n", "redis: {host: 127.0.0.1, port: PORT}")).isEqualTo(ping);
    assertThat(sent("+OK\r\n+PONG\r\n", "redis: {host: 127.0.0.1, port: PORT, password_file: pw}"))
        .isEqualTo("*2\r\n$4\r\nAUTH\r\n" + password + ping);
    assertThat(
            sent(
                "+OK\r\n+PONG\r\n",
                "redis: {host: 127.0.0.1, port: PORT, username: probe, password_file: pw}"))
        .isEqualTo("*3\r\n$4\r\nAUTH\r\n$5\r\nprobe\r\n" + password + ping);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "role | value == 'master' | success",
        "role | value == 'replica' | failure: expected value == 'replica', with value = \"master\"",
        "redis_version | value matches '^7[.]0' | success",
        "bind | value == '10.0.0.1' | success",
        "lag | value == -1.5 | success",
        "url | value == 'a:b' | success",
        "run_id | value == '12345678901234567890123456789012345678901' | success",
        "empty | value == '' | success",
        "none | value == 1 | failure: INFO has no field \"none\"",
        "'# Note' | value == 'x' | failure: INFO has no field \"# Note\"",
        "'' | info.role == 'master' && !has(info['# Note']) | success",
      })
  void redis_fieldsOfInfo_areTextsAndNumbers(String field, String expression, String expected)
      throws IOException {
    String info =
        "# Note: x\r\n:odd\r\nno colon\r\n\r\nrole:master\r\nredis_version:7.0.1\r\nbind:10.0.0.1\r\n"
            + "lag:-1.5\r\nurl:a:b\r\nrun_id:12345678901234567890123456789012345678901\r\nempty:\r\n";
    String check = field.isEmpty() ? "" : ", info: '" + field + "'";

    assertThat(
            against(
                "+PONG\r\n$" + info.length() + "\r\n" + info + "\r\n",
                true,
                "redis: {host: 127.0.0.1, port: PORT%s}\nexpect: \"%s\""
                    .formatted(check, expression)))
        .isEqualTo(expected);
  }

  @Test
  void redis_info_givesTheValue() throws IOException {
    String info = "# Memory\r\nused_memory:1024\r\nrole:master\r\nredis_version:7.0.1\r\n";
    String answer = "+PONG\r\n$" + info.length() + "\r\n" + info + "\r\n";
    try (var server = new RawServer()) {
      server.reads = false;
      server.answer = answer;
      server.holds = true;
      ProbeResult result =
          probe(
              "redis: {host: 127.0.0.1, port: %d, info: used_memory}".formatted(server.port())
                  + "\nexpect: value == 1024 && info.role == 'replica'");

      assertThat(reason(result))
          .isEqualTo("failure: expected info.role == 'replica', with info.role = \"master\"");
      assertThat(result.seen().values()).containsEntry("probe_value", 1024.0);
      assertThat(result.seen().assertionFailed()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgres: {host: 127.0.0.1, port: PORT, user: u}",
        "redis: {host: 127.0.0.1, port: PORT}",
        "ssh: {host: 127.0.0.1, port: PORT}",
        "dns: {server: 127.0.0.1, port: PORT, name: example.org, tcp: true}"
      })
  void type_silentServer_isAFailureAtTheDeadline(String check) throws IOException {
    assertThat(against("", true, check + "\ntimeout: 500ms"))
        .isEqualTo("failure: processing: timed out after 500 ms");
  }

  @Test
  void postgres_garbage_isAFailure() throws IOException {
    assertThat(
            against(
                "HTTP/1.1 400 Bad Request\r\n\r\n" + "\0\u00ff".repeat(5000),
                true,
                "timeout: 2s\npostgres: {host: 127.0.0.1, port: PORT, user: u}"))
        .startsWith("failure: p");
  }

  @Test
  void postgres_nobodyListens_isAFailure() throws IOException {
    assertThat(reason(probe("postgres: {host: 127.0.0.1, port: 1, user: u}")))
        .startsWith("failure: connect: port 1: 127.0.0.1: Connection refused");
  }

  /// A server that answers datagrams, until it is closed.
  private static final class UdpServer implements AutoCloseable {
    private final DatagramSocket socket =
        new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));

    UdpServer(UnaryOperator<byte[]> answers) throws IOException {
      Thread.ofVirtual()
          .start(
              () -> {
                var packet = new DatagramPacket(new byte[2048], 2048);
                try {
                  while (true) {
                    socket.receive(packet);
                    byte[] answer =
                        answers.apply(Arrays.copyOf(packet.getData(), packet.getLength()));
                    if (answer.length > 0) {
                      socket.send(
                          new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                    }
                  }
                } catch (IOException e) {
                  socket.close();
                }
              });
    }

    int port() {
      return socket.getLocalPort();
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  private String udp(UnaryOperator<byte[]> answers, String text) throws IOException {
    try (var server = new UdpServer(answers)) {
      return reason(probe(text.replace("PORT", Integer.toString(server.port()))));
    }
  }

  @Test
  void udp_answer_isJudged() throws IOException {
    String echo = "udp: {host: 127.0.0.1, port: PORT, send: hello, expect: ";

    assertThat(udp(bytes -> bytes, echo + "ell}")).isEqualTo("success");
    assertThat(udp(bytes -> bytes, echo + "bye}"))
        .isEqualTo("failure: found \"hello\", expected a text that matches bye");
    assertThat(udp(_ -> new byte[0], "timeout: 300ms\n" + echo + "x}"))
        .isEqualTo("failure: processing: timed out after 300 ms");
  }

  @Test
  void udp_firstDatagramLost_isSentAgain() throws IOException {
    var calls = new int[1];

    assertThat(
            udp(
                bytes -> calls[0]++ == 0 ? new byte[0] : bytes,
                "timeout: 900ms\nudp: {host: 127.0.0.1, port: PORT, send: x}"))
        .isEqualTo("success");
  }

  @Test
  void udp_closedPort_isAFailure() throws IOException {
    int port;
    try (var free = new DatagramSocket()) {
      port = free.getLocalPort();
    }

    assertThat(reason(probe("udp: {host: 127.0.0.1, port: %d, send: x}".formatted(port))))
        .startsWith("failure: processing: ");
  }

  private static byte[] dns(byte[] question, int rcode, boolean cut, String... addresses) {
    try {
      Message message = new Message(question);
      message.getHeader().setFlag(Flags.QR);
      message.getHeader().setRcode(rcode);
      if (cut) {
        message.getHeader().setFlag(Flags.TC);
      }
      Record asked = message.getQuestion();
      for (String address : addresses) {
        message.addRecord(
            new ARecord(asked.getName(), DClass.IN, 60, InetAddress.getByName(address)),
            Section.ANSWER);
      }
      return message.toWire();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final String ASK = "dns: {server: 127.0.0.1, port: PORT, name: example.org}\n";

  @Test
  void dns_answer_isJudged() throws IOException {
    assertThat(udp(q -> dns(q, Rcode.NOERROR, false, "192.0.2.7"), ASK)).isEqualTo("success");
    assertThat(udp(q -> dns(q, Rcode.NXDOMAIN, false), ASK))
        .isEqualTo("failure: found NXDOMAIN, expected NOERROR");
    assertThat(udp(q -> dns(q, Rcode.NOERROR, false), ASK))
        .isEqualTo("failure: found no record of type A");
    assertThat(
            udp(
                q -> dns(q, Rcode.NXDOMAIN, false),
                ASK + "expect: rcode == 'NXDOMAIN' && size(answers) == 0"))
        .isEqualTo("success");
    assertThat(
            udp(
                q -> dns(q, Rcode.NOERROR, false, "192.0.2.7", "192.0.2.8"),
                ASK + "expect: ttl == 60 && answers contains '192.0.2.9'"))
        .isEqualTo(
            "failure: expected answers contains '192.0.2.9', with answers ="
                + " [\"192.0.2.7\",\"192.0.2.8\"]");
  }

  @Test
  void dns_garbage_isAFailure() throws IOException {
    UnaryOperator<byte[]> garbage =
        q -> {
          byte[] answer = new byte[300];
          Arrays.fill(answer, (byte) 0xc0);
          answer[0] = q[0];
          answer[1] = q[1];
          return answer;
        };

    assertThat(udp(garbage, ASK)).startsWith("failure: found 300 bytes that are not a DNS message");
    assertThat(udp(q -> q, ASK))
        .isEqualTo("failure: found a DNS message that does not answer the question");
    assertThat(udp(_ -> "zz".getBytes(UTF_8), "timeout: 300ms\n" + ASK))
        .isEqualTo("failure: processing: timed out after 300 ms");
  }

  @Test
  void dns_cutAnswer_isAskedForOverTcp() throws Exception {
    try (var tcp = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        var socket =
            new DatagramSocket(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), tcp.getLocalPort()))) {
      Thread.ofVirtual().start(() -> cut(socket));
      Thread.ofVirtual().start(() -> whole(tcp));

      ProbeResult result = probe(ASK.replace("PORT", Integer.toString(tcp.getLocalPort())));

      assertThat(reason(result)).isEqualTo("success");
      assertThat(result.seen().values()).containsEntry("probe_dns_answers", 2.0);
    }
  }

  private static void cut(DatagramSocket socket) {
    try {
      var packet = new DatagramPacket(new byte[2048], 2048);
      socket.receive(packet);
      byte[] answer = dns(Arrays.copyOf(packet.getData(), packet.getLength()), Rcode.NOERROR, true);
      socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
    } catch (IOException e) {
      socket.close();
    }
  }

  private static void whole(ServerSocket server) {
    try (Socket socket = server.accept()) {
      var in = new DataInputStream(socket.getInputStream());
      byte[] answer =
          dns(
              in.readNBytes(in.readUnsignedShort()),
              Rcode.NOERROR,
              false,
              "192.0.2.7",
              "192.0.2.8");
      var out = new DataOutputStream(socket.getOutputStream());
      out.writeShort(answer.length);
      out.write(answer);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void tls_certificate_isSeen() throws Exception {
    SelfSigned self = SelfSigned.create(directory, "dns:localhost,ip:127.0.0.1", 10);
    try (RawServer server = RawServer.secure(self.server())) {
      String check =
          "tls: {host: 127.0.0.1, port: %d, tls_config: {ca_file: %s}}\nexpect: "
              .formatted(server.port(), self.certificate());

      assertThat(
              reason(
                  probe(
                      check
                          + "certificate.expires_in > 9d && certificate.names contains 'localhost'"
                          + " && certificate.subject == 'CN=pharos-test' && tls.version =="
                          + " 'TLSv1.3' && certificate.chain == 1")))
          .isEqualTo("success");
      assertThat(reason(probe(check + "certificate.expires_in > 14d")))
          .startsWith(
              "failure: expected certificate.expires_in > 14d, with certificate.expires_in = 8");
      assertThat(reason(probe("tls: {host: 127.0.0.1, port: %d}".formatted(server.port()))))
          .startsWith("failure: tls: ");
    }
  }

  @Test
  void tls_plainServer_isAFailure() throws IOException {
    assertThat(against("hello\r\n", true, "timeout: 2s\ntls: {host: 127.0.0.1, port: PORT}"))
        .startsWith("failure: tls: ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"code\":0,\"msg\":\"ok\"} | envelope: 0 | '' | success",
        "{\"code\":401,\"msg\":\"no token\"} | envelope: 0 | '' | failure: found code 401 with \"no token\", expected 0",
        "{\"code\":401,\"message\":\"no\"} | envelope: 0 | '' | failure: found code 401 with \"no\", expected 0",
        "{\"code\":\"0\"} | envelope: 0 | '' | failure: found code \"0\", expected 0",
        "[] | envelope: 0 | '' | failure: found body \"[]\", expected JSON with a code",
        "<html> | envelope: 0 | '' | failure: found body \"<html>\", expected JSON with a code",
        "{\"code\":0} | method: GET | expect: status == 200 && body.code == 0 && phases.connect < 2 | success",
        "{\"code\":5} | method: GET | expect: body.code == 0 | failure: expected body.code == 0, with body.code = 5",
        "<html> | method: GET | expect: body.code == 0 | failure: expected body.code == 0: found body \"<html>\", expected JSON",
        "x | method: GET | expect: certificate.expires_in > 1d | failure: expected certificate.expires_in > 1d: the connection does not use TLS",
      })
  void http_envelopeAndExpectation_areJudged(
      String body, String key, String expect, String expected) throws IOException {
    try (var server = new RawServer()) {
      server.answer =
          "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s".formatted(body.length(), body);
      assertThat(
              reason(
                  probe(
                      "http:\n  url: http://127.0.0.1:%d/\n  %s\n%s"
                          .formatted(server.port(), key, expect))))
          .isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "expect: status == 404 | success",
        "expect: size(text) == 0 | failure: found status 404, expected 200-299",
      })
  void http_expectationOnTheStatus_replacesTheDefault(String expect, String expected)
      throws IOException {
    try (var server = new RawServer()) {
      server.answer = "HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n";
      assertThat(
              reason(
                  probe(
                      "http: {url: 'http://127.0.0.1:%d/'}\n%s".formatted(server.port(), expect))))
          .isEqualTo(expected);
    }
  }
}
