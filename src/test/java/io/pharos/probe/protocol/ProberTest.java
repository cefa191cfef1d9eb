package io.pharos.probe.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.pharos.http.SelfSigned;
import io.pharos.probe.ProbeConfig;
import io.pharos.probe.ProbeFile;
import io.pharos.probe.ProbeOutcome;
import io.pharos.probe.ProbeResult;
import io.pharos.probe.RequestPhase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProberTest {
  @TempDir Path directory;

  private final CountDownLatch never = new CountDownLatch(1);
  private final Prober prober = new Prober(InstantSource.system(), this::resolve);
  private RawServer server;

  @BeforeEach
  void start() throws IOException {
    server = new RawServer();
  }

  @AfterEach
  void close() {
    never.countDown();
    server.close();
    prober.close();
  }

  private InetAddress[] resolve(String host) throws UnknownHostException {
    return switch (host) {
      case "gone.example" ->
          throw new UnknownHostException("gone.example: Name or service not known");
      case "flaky.example" ->
          throw new UnknownHostException("flaky.example: Temporary failure in name resolution");
      case "silent.example" -> {
        try {
          never.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        throw new UnknownHostException("silent.example");
      }
      case "localhost" -> new InetAddress[] {InetAddress.getLoopbackAddress()};
      default -> throw new AssertionError(host + " is looked up");
    };
  }

  private ProbeConfig probe(String text) throws IOException {
    Path file = directory.resolve("p.yml");
    Files.writeString(file, "probes:\n- name: p\n  interval: 60s\n" + text.indent(2));
    return ProbeFile.readAll(List.of(file)).getFirst();
  }

  private ProbeResult http(String more) throws IOException {
    return prober.probe(
        probe(
            "timeout: 5s\nhttp:\n  url: http://127.0.0.1:"
                + server.port()
                + "/x?y=z\n"
                + more.indent(2)));
  }

  private static String reason(ProbeResult result) {
    return switch (result.outcome()) {
      case ProbeOutcome.Success() -> "success";
      case ProbeOutcome.Failure(String reason) -> "failure: " + reason;
      case ProbeOutcome.Unknown(_, String reason) -> "unknown: " + reason;
    };
  }

  @Test
  void probe_goodAnswer_succeedsWithPhases() throws IOException {
    ProbeResult result = http("");

    assertThat(reason(result)).isEqualTo("success");
    assertThat(result.attempts()).isOne();
    assertThat(result.seen().status()).isEqualTo(200);
    assertThat(result.seen().tls()).isFalse();
    assertThat(result.seen().earliestExpiry()).isNull();
    assertThat(result.seen().phases())
        .containsOnlyKeys(
            RequestPhase.RESOLVE,
            RequestPhase.CONNECT,
            RequestPhase.PROCESSING,
            RequestPhase.TRANSFER);
    Duration sum = result.seen().phases().values().stream().reduce(Duration.ZERO, Duration::plus);
    assertThat(sum).isLessThanOrEqualTo(result.took());
    assertThat(server.requests.getFirst())
        .startsWith("GET /x?y=z HTTP/1.1\r\nHost: 127.0.0.1:" + server.port() + "\r\n")
        .contains("User-Agent: Pharos-probe", "Connection: close");
  }

  @Test
  void probe_postWithHeadersAndToken_sendsThem() throws IOException {
    Files.writeString(directory.resolve("token"), "abc\n");
    http("method: POST\nbody: '{}'\nheaders: {user-agent: me}\nbearer_token_file: token");

    assertThat(server.requests.getFirst())
        .startsWith("POST ")
        .contains("user-agent: me\r\n", "Authorization: Bearer abc\r\n", "Content-Length: 2\r\n")
        .doesNotContain("User-Agent")
        .endsWith("\r\n\r\n{}");
  }

  @ParameterizedTest
  @CsvSource({
    "POST, 'Content-Length: 0\r\n'",
    "PUT, 'Content-Length: 0\r\n'",
    "DELETE, 'DELETE / HTTP/1.1\r\n'",
    "GET, 'GET / HTTP/1.1\r\n'"
  })
  void probe_urlWithoutPath_asksForTheRoot(String method, String sent) throws IOException {
    ProbeResult result =
        prober.probe(
            probe(
                "http: {url: 'http://127.0.0.1:%d', method: %s}".formatted(server.port(), method)));

    assertThat(reason(result)).isEqualTo("success");
    assertThat(server.requests.getFirst()).startsWith(method + " / HTTP/1.1\r\n").contains(sent);
    assertThat(server.requests.getFirst().contains("Content-Length"))
        .isEqualTo(sent.startsWith("Content-Length"));
  }

  /// What an answer without a body says of one is not waited for.
  @ParameterizedTest
  @CsvSource({
    "204 No Content, 1, success",
    "304 Not Modified, 1, success",
    "103 Early Hints, 11, 'failure: found status 103, expected 204, 304'"
  })
  void probe_statusWithoutBody_endsWithItsHead(String status, int heads, String expected)
      throws IOException {
    server.answer = ("HTTP/1.1 " + status + "\r\nContent-Length: 7\r\n\r\n").repeat(heads);
    server.holds = true;

    assertThat(reason(http("expected_status: [204, 304]\nfollow_redirects: false")))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "200 OK | {\"code\":0} | json: [{path: $.code, op: '==', value: 0}] | success",
        "200 OK | {\"code\":500} | json: [{path: $.code, op: '==', value: 0}] | failure: $.code: found 500, expected == \"0\"",
        "200 OK | <html> | json: [{path: $.code, op: '==', value: 0}] | failure: found body \"<html>\", expected JSON",
        "200 OK | {} x | json: [{path: $.code, op: exists}] | failure: found body \"{} x\", expected JSON",
        "200 OK | '' | json: [{path: $.code, op: exists}] | failure: found body \"\", expected JSON",
        "503 Busy | x | '' | failure: found status 503, expected 200-299",
        "503 Busy | x | expected_status: [5xx] | success",
        "200 OK | fine | body_matches: i.e | success",
        "200 OK | fine | body_matches: ^ine | failure: found body \"fine\", expected one that matches ^ine",
        "200 OK | long body | max_body: 4B | failure: the body is longer than max_body of 4 bytes",
      })
  void probe_answer_isJudged(String status, String body, String more, String expected)
      throws IOException {
    server.answer =
        "HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s".formatted(status, body.length(), body);

    ProbeResult result = http(more);

    assertThat(reason(result)).isEqualTo(expected);
    assertThat(result.seen().assertionFailed()).isEqualTo(!expected.equals("success"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HTTP/1.1 200 OK;Transfer-Encoding: chunked;;2;ok;3 ;!!!;0;X: y;; | ok!!! | success",
        "HTTP/1.0 200;;until the end | ^until the end$ | success",
        "HTTP/1.1 100 Continue;;HTTP/1.1 200 OK;Content-Length: 2;;ok | ok | success",
        "HTTP/1.1 204 No Content;; | ^$ | success",
        "HTTP/1.1 200 OK;Transfer-Encoding: chunked;;2;a=b;ok;0;; | '' | failure: found a chunk that is longer than its declared size",
        "HTTP/1.1 200 OK;Content-Length: +2;;ok | '' | failure: found Content-Length \"+2\", expected a number",
        "HTTP/1.1 200 OK;Content-Length: 99999999999999999999;;ok | '' | failure: found Content-Length \"99999999999999999999\", expected a number",
        "HTTP/1.1 200 OK;Content-Length: 2;Content-Length: 9;;ok | ^ok$ | success",
        "HTTP/1.1 200 OK;: no name;; | '' | failure: found a header line without a colon",
        "HTTP/2 200 0123456789012345678901234567890123456789012345678901234567890123456789; | '' | failure: found \"HTTP/2 200 0123456789012345678901234567890123456789012345678…\", expected a status line of HTTP/1.1",
        "SSH-2.0-OpenSSH; | '' | failure: found \"SSH-2.0-OpenSSH\", expected a status line of HTTP/1.1",
        "HTTP/1.1 200 OK;no colon;; | '' | failure: found a header line without a colon",
        "HTTP/1.1 200 OK;Content-Length: -1;; | '' | failure: found Content-Length \"-1\", expected a number",
        "HTTP/1.1 200 OK;Content-Length: 9;;ok | '' | failure: transfer: the connection was closed after 2 of 9 bytes",
        "HTTP/1.1 200 OK;Transfer-Encoding: gzip;; | '' | failure: found Transfer-Encoding \"gzip\", expected chunked",
        "HTTP/1.1 200 OK;Transfer-Encoding: chunked;;zz; | '' | failure: found chunk size \"zz\", expected a number",
        "HTTP/1.1 200 OK;Transfer-Encoding: chunked;;2;okay; | '' | failure: found a chunk that is longer than its declared size",
        "HTTP/1.1 200 OK | '' | failure: transfer: the connection was closed within the head of the answer",
        "'' | '' | failure: transfer: the connection was closed before an answer arrived",
      })
  void probe_wire_isReadAsItIs(String answer, String matches, String expected) throws IOException {
    server.answer = answer.replace(";", "\r\n");

    assertThat(reason(http("body_matches: '" + matches + "'"))).isEqualTo(expected);
  }

  @Test
  void probe_chunkExtensionsAndBareLineEnds_areRead() throws IOException {
    server.answer =
        "HTTP/1.1 200 OK\nTransfer-Encoding: Chunked\n\n2;name=value\r\nok\r\n0;last\r\n\r\n";

    assertThat(reason(http("body_matches: '^ok$'"))).isEqualTo("success");
  }

  @Test
  void probe_endlessHead_isCutOff() throws IOException {
    server.answer = "HTTP/1.1 200 OK\r\nX: " + "y".repeat(70_000);

    assertThat(reason(http(""))).contains("the head of the answer is longer than 65536");
  }

  @Test
  void probe_head_hasNoBody() throws IOException {
    server.answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";

    assertThat(reason(http("method: HEAD"))).isEqualTo("success");
  }

  @Test
  void probe_redirects_areFollowedToABound() throws IOException {
    try (RawServer other = new RawServer()) {
      server.answer =
          "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:" + other.port() + "/\r\n\r\n";
      Files.writeString(directory.resolve("token"), "abc");
      assertThat(
              reason(
                  http(
                      "method: POST\nbody: x\nbearer_token_file: token\n"
                          + "headers: {X-Api-Key: hidden, X-Team: shown}")))
          .isEqualTo("success");
      assertThat(other.requests.getFirst())
          .startsWith("GET / ")
          .contains("X-Team: shown")
          .doesNotContain("Bearer")
          .doesNotContain("hidden");
      assertThat(reason(http("follow_redirects: false\nexpected_status: [302]")))
          .isEqualTo("success");
    }
    server.answer = "HTTP/1.1 307 Again\r\nLocation: /\r\n\r\n";
    assertThat(reason(http(""))).isEqualTo("failure: stopped after 10 redirects");
    server.answer = "HTTP/1.1 307 Again\r\nLocation: mailto:x\r\n\r\n";
    assertThat(reason(http("")))
        .isEqualTo("failure: redirected to \"mailto:x\", expected an http or https URL");
  }

  @Test
  void probe_silentServer_timesOutInItsPhase() throws IOException {
    server.answer = "";
    server.holds = true;
    ProbeResult result =
        prober.probe(
            probe("timeout: 300ms\nhttp: {url: 'http://127.0.0.1:%d/'}".formatted(server.port())));

    assertThat(reason(result)).isEqualTo("failure: processing: timed out after 300 ms");
    assertThat(result.took()).isBetween(Duration.ofMillis(250), Duration.ofSeconds(3));

    server.answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok";
    ProbeResult half =
        prober.probe(
            probe("timeout: 300ms\nhttp: {url: 'http://127.0.0.1:%d/'}".formatted(server.port())));
    assertThat(reason(half)).isEqualTo("failure: transfer: timed out after 300 ms");
  }

  @Test
  void probe_nobodyListens_isAFailure() throws IOException {
    // Bound and not listened on: a port that is merely free may be another's by then.
    try (var taken = new Socket()) {
      taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      String url = "http://127.0.0.1:" + taken.getLocalPort();

      assertThat(reason(prober.probe(probe("timeout: 5s\nhttp:\n  url: " + url))))
          .startsWith("failure: connect: port")
          .contains("refused");
    }
  }

  @Test
  void probe_names_failOrAreUnknown() throws IOException {
    assertThat(reason(prober.probe(probe("tcp: {host: gone.example, port: 1}"))))
        .contains("failure: resolve: \"gone.example\" is not known");
    assertThat(reason(prober.probe(probe("tcp: {host: flaky.example, port: 1}"))))
        .contains("unknown: the prober can't resolve names");
    assertThat(reason(prober.probe(probe("timeout: 200ms\ntcp: {host: silent.example, port: 1}"))))
        .isEqualTo("failure: resolve: no answer for \"silent.example\" within 200 ms");
    assertThat(reason(prober.probe(probe("tcp: {host: 127.0.0.1, port: 1, ip: 6}"))))
        .contains("has no address of the family IP6");
  }

  @Test
  void probe_ownTrouble_isUnknown() throws IOException {
    assertThat(reason(http("bearer_token_file: none")))
        .startsWith("unknown: bearer_token_file " + directory + "/none can't be read");
    Files.writeString(directory.resolve("empty"), "\n");
    assertThat(reason(http("bearer_token_file: empty"))).contains("unknown:", "has no token");
    assertThat(
            reason(
                prober.probe(
                    probe(
                        "http: {url: 'https://127.0.0.1:%d/', tls_config: {ca_file: none}}"
                            .formatted(server.port())))))
        .contains("unknown:", "none: can't be read");
    prober.close();
    assertThat(reason(http(""))).isEqualTo("unknown: the prober is closed");
  }

  @Test
  void probe_confirm_triesAgainAtOnce() throws IOException {
    server.refusals = 2;
    String url = "http: {url: 'http://127.0.0.1:%d/'}".formatted(server.port());

    ProbeResult failed = prober.probe(probe("confirm: 1\n" + url));
    assertThat(failed.attempts()).isEqualTo(2);
    assertThat(reason(failed)).contains("before an answer arrived");
    server.refusals = 1;
    ProbeResult confirmed = prober.probe(probe("confirm: 1\n" + url));
    assertThat(confirmed.attempts()).isEqualTo(2);
    assertThat(reason(confirmed)).isEqualTo("success");
  }

  @Test
  void probe_tcp_connectsSendsAndExpects() throws IOException {
    String tcp = "timeout: 1s\ntcp: {host: 127.0.0.1, port: %d%s}";
    server.reads = false;
    server.answer = "+PONG\r\n";

    assertThat(reason(prober.probe(probe(tcp.formatted(server.port(), ""))))).isEqualTo("success");
    assertThat(
            reason(
                prober.probe(probe(tcp.formatted(server.port(), ", send: PING, expect: ^.PONG")))))
        .isEqualTo("success");
    ProbeResult wrong = prober.probe(probe(tcp.formatted(server.port(), ", expect: OK")));
    assertThat(reason(wrong))
        .isEqualTo("failure: found \"+PONG\\r\\n\", expected a text that matches OK");
    assertThat(wrong.seen().assertionFailed()).isTrue();
    server.holds = true;
    assertThat(reason(prober.probe(probe(tcp.formatted(server.port(), ", expect: OK")))))
        .contains("found \"+PONG");
  }

  @Test
  void probe_untrustedCertificate_failsButTellsItsExpiry() throws Exception {
    SelfSigned self = SelfSigned.create(directory, "ip:127.0.0.1", 10);
    try (RawServer secure = RawServer.secure(self.server())) {
      String url = "http:\n  url: https://127.0.0.1:%d/\n".formatted(secure.port());
      Instant expected = Instant.now().plus(10, ChronoUnit.DAYS);

      ProbeResult untrusted = prober.probe(probe(url));
      assertThat(reason(untrusted)).startsWith("failure: tls: ");
      assertThat(untrusted.seen().earliestExpiry())
          .isCloseTo(expected, within(1, ChronoUnit.HOURS));
      assertThat(untrusted.seen().status()).isZero();

      ProbeResult trusted =
          prober.probe(probe(url + "  tls_config: {ca_file: " + self.certificate() + "}"));
      assertThat(reason(trusted)).isEqualTo("success");
      assertThat(trusted.seen().tls()).isTrue();
      assertThat(trusted.seen().phases()).containsKey(RequestPhase.TLS);

      ProbeResult otherName =
          prober.probe(
              probe(
                  url
                      + "  tls_config: {server_name: other.example, ca_file: "
                      + self.certificate()
                      + "}"));
      assertThat(reason(otherName)).startsWith("failure: tls: ").contains("other.example");

      assertThat(reason(prober.probe(probe(url + "  tls_config: {insecure_skip_verify: true}"))))
          .isEqualTo("success");

      secure.reads = false;
      ProbeResult tcp =
          prober.probe(
              probe(
                  "tcp: {host: 127.0.0.1, port: %d, tls: true, expect: 200, tls_config: {insecure_skip_verify: true}}"
                      .formatted(secure.port())));
      assertThat(reason(tcp)).isEqualTo("success");
      assertThat(tcp.seen().earliestExpiry()).isNotNull();
    }
  }

  @Test
  void probe_plainServerForHttps_failsInTls() throws IOException {
    assertThat(
            reason(
                prober.probe(
                    probe(
                        "timeout: 2s\nhttp: {url: 'https://127.0.0.1:%d/'}"
                            .formatted(server.port())))))
        .startsWith("failure: tls:");
  }
}
