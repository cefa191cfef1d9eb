package io.pharos.tap.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.pharos.tap.RoutesFile;
import io.pharos.tap.UpstreamFault;
import io.pharos.tap.proxy.TapStack.Wire;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The proxy as clients and the backend see it, over sockets.
class TapTest {
  private static final String OK = "{\"code\":0,\"msg\":\"success\",\"data\":null}";

  private final BlockingQueue<String> heads = new ArrayBlockingQueue<>(64);

  private TapStack answering(String body) throws IOException {
    return new TapStack(
        wire -> {
          for (String head = wire.head(); !head.isEmpty(); head = wire.head()) {
            heads.add(head);
            wire.json(body);
          }
        });
  }

  private String head() throws InterruptedException {
    String head = heads.poll(10, TimeUnit.SECONDS);
    assertThat(head).isNotNull();
    return head;
  }

  @Test
  void request_ofAKnownRoute_isCountedByItsPatternAndCode() throws Exception {
    try (TapStack stack = answering("{\"code\":404,\"msg\":\"no such machine\",\"data\":null}")) {
      HttpResponse<String> answer = stack.get("/api/v1/machines/17?token=abc.def&page=2");

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).contains("no such machine");
      String labels = "{method=\"GET\",path=\"/api/v1/machines/:id\",status=\"200\",code=\"404\"}";
      stack.awaitMetric("pharos_tap_requests_total" + labels + " 1");
      stack.awaitMetric("pharos_tap_request_duration_seconds_count" + labels + " 1");
      stack.awaitMetric(
          "pharos_envelope_code_total{method=\"GET\",path=\"/api/v1/machines/:id\",code=\"404\"} 1");
      stack.awaitMetric(
          "pharos_tap_response_bytes_total{method=\"GET\",path=\"/api/v1/machines/:id\"} 48");
      stack.awaitMetric("pharos_tap_requests_in_flight 0");
      assertThat(stack.awaitLine())
          .satisfies(
              line -> {
                assertThat(line.query()).isEqualTo("token=***&page=2");
                assertThat(line.code()).isEqualTo(OptionalInt.of(404));
                assertThat(line.path()).isEqualTo("/api/v1/machines/17");
                assertThat(line.time()).isEqualTo(TapStack.NOW);
              });
      assertThat(head()).startsWith("GET /api/v1/machines/17?token=abc.def&page=2 HTTP/1.1\r\n");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/api/v1/machines/1/2", "/api/v1/machines/", "/.env", "/a%zz"})
  void request_ofNoRoute_isUnknown(String path) throws Exception {
    try (TapStack stack = answering(OK)) {
      try (Wire wire = stack.wire()) {
        wire.write("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(wire.head()).startsWith("HTTP/1.1 200");
      }
      stack.awaitMetric(
          "pharos_tap_requests_total{method=\"GET\",path=\"unknown\",status=\"200\",code=\"0\"} 1");
    }
  }

  @Test
  void ids_areMade_andGivenToBothSides() throws Exception {
    try (TapStack stack = answering(OK)) {
      HttpResponse<String> answer = stack.get("/api/v1/health");

      var line = stack.awaitLine();
      assertThat(line.requestId()).matches("[0-9a-f]{32}");
      assertThat(answer.headers().allValues("X-Request-ID")).containsExactly(line.requestId());
      String head = head();
      assertThat(head).containsIgnoringCase("x-request-id: " + line.requestId() + "\r\n");
      assertThat(line.trace()).isNotNull();
      assertThat(head).contains("traceparent: " + line.trace().header() + "\r\n");
    }
  }

  @Test
  void ids_thatCame_areKept_andInsaneOnesReplaced() throws Exception {
    try (TapStack stack = answering(OK)) {
      String trace = "4bf92f3577b34da6a3ce929d0e0e4736";
      stack.get(
          "/api/v1/health",
          "X-Request-ID",
          "order-7/a",
          "traceparent",
          "00-" + trace + "-00f067aa0ba902b7-00",
          "tracestate",
          "congo=t61rcWkgMzE");
      String head = head();
      assertThat(head).containsIgnoringCase("x-request-id: order-7/a\r\n");
      assertThat(head)
          .containsPattern("traceparent: 00-" + trace + "-[0-9a-f]{16}-00\r\n")
          .doesNotContain("00f067aa0ba902b7")
          .contains("tracestate: congo=t61rcWkgMzE");

      stack.get(
          "/api/v1/health",
          "X-Request-ID",
          "a b",
          "traceparent",
          "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
          "tracestate",
          "congo=t61rcWkgMzE");
      head = head();
      assertThat(head).containsPattern("(?i)x-request-id: [0-9a-f]{32}\r\n");
      assertThat(head).doesNotContain("tracestate").doesNotContain("00f067aa0ba902b7");
    }
  }

  @Test
  void headers_ofTheHop_stayBehind_andOthersArrive() throws Exception {
    try (TapStack stack = answering(OK);
        Wire wire = stack.wire()) {
      wire.write(
          """
          GET /api/v1/health HTTP/1.1\r
          Host: shop.example\r
          Connection: close, X-Hop\r
          X-Hop: 1\r
          Keep-Alive: timeout=5\r
          TE: trailers\r
          Proxy-Authorization: Basic x\r
          X-Forwarded-For: 198.51.100.7\r
          Authorization: Bearer abc\r
          Cookie: a=1\r
          \r
          """);
      String head = head();
      assertThat(head)
          .containsIgnoringCase("host: shop.example\r\n")
          .containsIgnoringCase("x-forwarded-for: 198.51.100.7, 127.0.0.1\r\n")
          .containsIgnoringCase("x-forwarded-proto: http\r\n")
          .containsIgnoringCase("x-forwarded-host: shop.example\r\n")
          .containsIgnoringCase("authorization: Bearer abc\r\n")
          .containsIgnoringCase("cookie: a=1\r\n");
      assertThat(head.toLowerCase(Locale.ROOT))
          .doesNotContain(
              "x-hop", "keep-alive:", "\nte:", "proxy-authorization", "connection: close");
      assertThat(wire.rest()).startsWith("HTTP/1.1 200").contains("onnection: close").endsWith(OK);
    }
  }

  @Test
  void answer_goesBackAsItIs_withBrokenDatesToo() throws Exception {
    try (TapStack stack =
            new TapStack(
                wire -> {
                  wire.head();
                  wire.write(
                      """
                      HTTP/1.1 207 Odd Status\r
                      Content-Type: text/plain\r
                      Date: yesterday\r
                      Expires: 0\r
                      Cache-Control: public, max-age=abc\r
                      Cache-Control: no-transform\r
                      Warning: 199 x "y" "z"\r
                      Set-Cookie: a=1\r
                      Set-Cookie: b=2\r
                      X-Request-ID: of-the-backend\r
                      Content-Length: 3\r
                      \r
                      abc""");
                });
        Wire wire = stack.wire()) {
      wire.write("GET /files/a HTTP/1.1\r\nHost: x\r\n\r\n");
      String head = wire.head();
      assertThat(head).startsWith("HTTP/1.1 207 Odd Status\r\n");
      assertThat(head.toLowerCase(Locale.ROOT))
          .contains(
              "date: yesterday\r\n",
              "expires: 0\r\n",
              "cache-control: public, max-age=abc\r\n",
              "cache-control: no-transform\r\n",
              "warning: 199 x \"y\" \"z\"\r\n",
              "set-cookie: a=1\r\n",
              "set-cookie: b=2\r\n",
              "x-request-id: of-the-backend\r\n");
      assertThat(new String(wire.bytes(3), StandardCharsets.UTF_8)).isEqualTo("abc");
    }
  }

  @Test
  void upload_inChunks_arrivesWhole() throws Exception {
    byte[] body = new byte[5 << 20];
    for (int i = 0; i < body.length; i++) {
      body[i] = (byte) (i * 31);
    }
    var got = new CompletableFuture<byte[]>();
    var backend = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    try {
      backend.createContext(
          "/",
          exchange -> {
            got.complete(exchange.getRequestBody().readAllBytes());
            byte[] answer = OK.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(answer);
            exchange.close();
          });
      backend.start();
      try (TapStack stack =
          new TapStack(
              _ -> {},
              change ->
                  change.upstream =
                      URI.create("http://127.0.0.1:" + backend.getAddress().getPort()))) {
        HttpResponse<String> answer =
            stack.send(
                HttpRequest.newBuilder(stack.uri("/api/v1/machines"))
                    .POST(
                        HttpRequest.BodyPublishers.ofInputStream(
                            () -> new ByteArrayInputStream(body))));
        assertThat(answer.body()).isEqualTo(OK);
        assertThat(got.get(10, TimeUnit.SECONDS)).isEqualTo(body);
        stack.awaitMetric(
            "pharos_tap_request_bytes_total{method=\"POST\",path=\"/api/v1/machines\"} "
                + body.length);
        stack.awaitMetric(
            "pharos_envelope_code_total{method=\"POST\",path=\"/api/v1/machines\",code=\"0\"} 1");
      }
    } finally {
      backend.stop(0);
    }
  }

  @Test
  void upload_thatIsRefusedEarly_getsTheRefusal() throws Exception {
    byte[] body = new byte[8 << 20];
    try (TapStack stack =
            new TapStack(
                wire -> {
                  wire.head();
                  wire.write("HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nlarge");
                  wire.bytes(body.length);
                });
        Wire wire = stack.wire()) {
      wire.write(
          "POST /api/v1/machines HTTP/1.1\r\nHost: x\r\nContent-Length: "
              + body.length
              + "\r\n\r\n");
      wire.write(body);
      assertThat(wire.head()).startsWith("HTTP/1.1 413");
      assertThat(new String(wire.bytes(5), StandardCharsets.UTF_8)).isEqualTo("large");
      stack.awaitMetric(
          "pharos_tap_requests_total{method=\"POST\",path=\"/api/v1/machines\",status=\"413\",code=\"\"} 1");
    }
  }

  @Test
  void upload_whoseClientGoes_isEndedAtTheBackendToo() throws Exception {
    var ended = new CountDownLatch(1);
    var asked = new CountDownLatch(1);
    try (TapStack stack =
        new TapStack(
            wire -> {
              wire.head();
              wire.bytes(3);
              asked.countDown();
              wire.rest();
              ended.countDown();
            })) {
      try (Wire wire = stack.wire()) {
        wire.write("POST /api/v1/machines HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
        await(asked);
      }
      assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
      stack.awaitMetric(
          "pharos_tap_requests_total{method=\"POST\",path=\"/api/v1/machines\",status=\"499\",code=\"\"} 1");
      stack.awaitMetric("pharos_tap_requests_in_flight 0");
    }
  }

  @Test
  void upload_thatWaitsForItsHundred_isTold() throws Exception {
    try (TapStack stack =
            new TapStack(
                wire -> {
                  heads.add(wire.head());
                  wire.bytes(4);
                  wire.json(OK);
                });
        Wire wire = stack.wire()) {
      wire.write(
          "POST /api/v1/machines HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
      assertThat(wire.head()).startsWith("HTTP/1.1 100");
      wire.write("abcd");
      assertThat(wire.head()).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void stream_isPassedOnEventByEvent_alsoBeforeTheFirst() throws Exception {
    var head = new CountDownLatch(1);
    var first = new CountDownLatch(1);
    try (TapStack stack =
            new TapStack(
                wire -> {
                  wire.head();
                  wire.write(
                      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
                  await(head);
                  wire.write("e\r\nevent: a\ndata\n\r\n");
                  await(first);
                  wire.write("6\r\ndata\n\n\r\n0\r\n\r\n");
                });
        Wire wire = stack.wire()) {
      wire.write("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(wire.head()).contains("text/event-stream");
      stack.awaitMetric("pharos_tap_requests_in_flight 1");
      head.countDown();
      assertThat(new String(wire.bytes(19), StandardCharsets.UTF_8)).contains("event: a");
      first.countDown();
      assertThat(new String(wire.bytes(16), StandardCharsets.UTF_8)).endsWith("0\r\n\r\n");
      stack.awaitMetric(
          "pharos_tap_requests_total{method=\"GET\",path=\"/stream\",status=\"200\",code=\"\"} 1");
    }
  }

  @Test
  void stream_whoseClientGoes_isEndedAtTheBackendToo() throws Exception {
    var ended = new CountDownLatch(1);
    try (TapStack stack =
        new TapStack(
            wire -> {
              wire.head();
              wire.write(
                  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
              wire.write("4\r\na\n\n\n\r\n");
              wire.rest();
              ended.countDown();
            })) {
      try (Wire wire = stack.wire()) {
        wire.write("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
        wire.head();
        wire.bytes(4);
      }
      assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
      stack.awaitMetric(
          "pharos_tap_requests_total{method=\"GET\",path=\"/stream\",status=\"200\",code=\"\"} 1");
      stack.awaitMetric("pharos_tap_upstream_errors_total{reason=\"closed\"} 0");
      stack.awaitMetric("pharos_tap_requests_in_flight 0");
    }
  }

  @Test
  void request_whoseClientGoesBeforeTheAnswer_is499() throws Exception {
    var asked = new CountDownLatch(1);
    try (TapStack stack =
        new TapStack(
            wire -> {
              wire.head();
              asked.countDown();
              wire.rest();
            })) {
      try (Wire wire = stack.wire()) {
        wire.write("GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
      }
      stack.awaitMetric(
          "pharos_tap_requests_total{method=\"GET\",path=\"/api/v1/health\",status=\"499\",code=\"\"} 1");
      assertThat(stack.metrics()).contains("pharos_tap_upstream_errors_total{reason=\"closed\"} 0");
    }
  }

  @Test
  void oldClient_getsAnAnswerWithoutLengthAtOnce_andTheEndByTheConnection() throws Exception {
    var go = new CountDownLatch(1);
    try (TapStack stack =
            new TapStack(
                wire -> {
                  wire.head();
                  wire.write(
                      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
                  wire.write("3\r\nabc\r\n");
                  await(go);
                  wire.write("3\r\ndef\r\n0\r\n\r\n");
                });
        Wire wire = stack.wire()) {
      wire.write("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      assertThat(wire.head().toLowerCase(Locale.ROOT)).doesNotContain("chunked");
      assertThat(new String(wire.bytes(3), StandardCharsets.UTF_8)).isEqualTo("abc");
      go.countDown();
      assertThat(wire.rest()).isEqualTo("def");
    }
  }

  @Test
  void webSocket_isTunnelled_bothWays() throws Exception {
    try (TapStack stack =
            new TapStack(
                wire -> {
                  heads.add(wire.head());
                  wire.write(
                      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\nhello");
                  wire.write(wire.bytes(4));
                });
        Wire wire = stack.wire()) {
      wire.write(
          """
          GET /stream HTTP/1.1\r
          Host: x\r
          Connection: keep-alive, Upgrade\r
          Upgrade: websocket\r
          Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
          Sec-WebSocket-Version: 13\r
          \r
          """);
      assertThat(wire.head())
          .startsWith("HTTP/1.1 101")
          .containsIgnoringCase("sec-websocket-accept: x");
      assertThat(new String(wire.bytes(5), StandardCharsets.UTF_8)).isEqualTo("hello");
      wire.write("ping");
      assertThat(wire.rest()).isEqualTo("ping");
      assertThat(head())
          .containsIgnoringCase("upgrade: websocket")
          .containsIgnoringCase("sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==")
          .containsIgnoringCase("traceparent: 00-");
      var line = stack.awaitLine();
      assertThat(line.status()).isEqualTo(101);
      assertThat(line.upgrade()).isTrue();
      assertThat(line.requestBytes()).isEqualTo(4);
      assertThat(line.responseBytes()).isEqualTo(9);
    }
  }

  @Test
  void webSocket_ofRealEnds_carriesLargeMessagesBothWays() throws Exception {
    String message = "0123456789".repeat(5_000);
    try (TapStack stack = new TapStack(TapTest::echoMessages)) {
      var echo = new CompletableFuture<String>();
      WebSocket socket =
          stack
              .client
              .newWebSocketBuilder()
              .buildAsync(
                  URI.create("ws://127.0.0.1:" + stack.tap.port() + "/stream"),
                  new WebSocket.Listener() {
                    private final StringBuilder text = new StringBuilder();

                    @Override
                    public CompletionStage<?> onText(
                        WebSocket from, CharSequence data, boolean last) {
                      text.append(data);
                      if (last) {
                        echo.complete(text.toString());
                      }
                      from.request(1);
                      return CompletableFuture.completedStage(null);
                    }
                  })
              .get(10, TimeUnit.SECONDS);
      stack.awaitMetric("pharos_tap_requests_in_flight 1");
      socket.sendText(message, true).get(10, TimeUnit.SECONDS);
      assertThat(echo.get(10, TimeUnit.SECONDS)).isEqualTo(message);
      socket.abort();
      stack.awaitMetric("pharos_tap_requests_in_flight 0");
      assertThat(stack.awaitLine().responseBytes()).isGreaterThan(message.length());
    }
  }

  /* By hand: once Quarkus ran in the JVM, servers of Vert.x take no WebSockets. */
  private static void echoMessages(Wire wire) throws IOException {
    Matcher key = Pattern.compile("(?i)sec-websocket-key: (.*)\r\n").matcher(wire.head());
    assertThat(key.find()).isTrue();
    wire.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: "
            + accept(key.group(1))
            + "\r\n\r\n");
    while (true) {
      byte[] start = wire.bytes(2);
      if (start.length < 2) {
        return;
      }
      int length = start[1] & 0x7f;
      byte[] longer = length == 126 ? wire.bytes(2) : new byte[0];
      if (longer.length > 0) {
        length = ByteBuffer.wrap(longer).getShort() & 0xffff;
      }
      byte[] mask = wire.bytes(4);
      byte[] payload = wire.bytes(length);
      for (int i = 0; i < length; i++) {
        payload[i] ^= mask[i % 4];
      }
      wire.write(
          ByteBuffer.allocate(2 + longer.length + length)
              .put(start[0])
              .put((byte) (start[1] & 0x7f))
              .put(longer)
              .put(payload)
              .array());
    }
  }

  /* RFC 6455, 4.2.2. */
  private static String accept(String key) {
    try {
      byte[] text =
          (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII);
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-1").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void webSocket_thatIsRefused_getsTheWholeRefusal() throws Exception {
    try (TapStack stack =
            new TapStack(
                wire -> {
                  wire.head();
                  wire.json("{\"code\":401,\"msg\":\"unauthorized\",\"data\":null}");
                  wire.rest();
                });
        Wire wire = stack.wire()) {
      wire.write(
          "GET /stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
      assertThat(wire.head()).startsWith("HTTP/1.1 200");
      assertThat(new String(wire.bytes(45), StandardCharsets.UTF_8)).contains("unauthorized");
      stack.awaitMetric(
          "pharos_envelope_code_total{method=\"GET\",path=\"/stream\",code=\"401\"} 1");
    }
  }

  @Test
  void backend_thatIsDown_isToldApartFromItsAnswers() throws Exception {
    try (TapStack stack = answering(OK)) {
      stack.stopBackend();
      HttpResponse<String> answer = stack.get("/api/v1/health");

      assertThat(answer.statusCode()).isEqualTo(502);
      assertThat(answer.headers().firstValue("X-Pharos-Tap")).hasValue("connect");
      assertThat(answer.body()).contains("no connection to the backend");
      stack.awaitMetric("pharos_tap_upstream_errors_total{reason=\"connect\"} 1");
      stack.awaitMetric(
          "pharos_tap_requests_total{method=\"GET\",path=\"/api/v1/health\",status=\"502\",code=\"\"} 1");
      assertThat(stack.awaitLine().fault()).hasValue(UpstreamFault.CONNECT);
    }
  }

  @Test
  void answer_of502ByTheBackend_isNoFaultOfItsConnection() throws Exception {
    try (TapStack stack =
        new TapStack(
            wire -> {
              wire.head();
              wire.write("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
            })) {
      assertThat(stack.get("/api/v1/health").statusCode()).isEqualTo(502);
      assertThat(stack.awaitLine().fault()).isEmpty();
      stack.awaitMetric("pharos_tap_upstream_errors_total{reason=\"closed\"} 0");
    }
  }

  @Test
  void backend_thatClosesAtOnce_isAskedAgainForAGet_andOnlyForThat() throws Exception {
    try (TapStack stack = new TapStack(Wire::head)) {
      assertThat(stack.get("/api/v1/health").statusCode()).isEqualTo(502);
      assertThat(stack.awaitLine().fault()).hasValue(UpstreamFault.CLOSED);
      assertThat(stack.connections).hasValue(2);

      var post =
          HttpRequest.newBuilder(stack.uri("/api/v1/machines"))
              .POST(HttpRequest.BodyPublishers.ofString("a"));
      assertThat(stack.send(post).statusCode()).isEqualTo(502);
      assertThat(stack.awaitLine().fault()).hasValue(UpstreamFault.CLOSED);
      assertThat(stack.connections).hasValue(3);
    }
  }

  @Test
  void backend_thatKeepsSilent_is504() throws Exception {
    try (TapStack stack =
        new TapStack(
            wire -> {
              wire.head();
              wire.rest();
            },
            change -> change.responseTimeout = Duration.ofMillis(100))) {
      HttpResponse<String> answer = stack.get("/api/v1/health");
      assertThat(answer.statusCode()).isEqualTo(504);
      assertThat(answer.headers().firstValue("X-Pharos-Tap")).hasValue("timeout");
      stack.awaitMetric("pharos_tap_upstream_errors_total{reason=\"timeout\"} 1");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"
      })
  void backend_thatSpeaksNoHttp_is502(String nonsense) throws Exception {
    try (TapStack stack =
        new TapStack(
            wire -> {
              wire.head();
              wire.write(nonsense);
              wire.rest();
            },
            change -> change.responseTimeout = Duration.ofSeconds(5))) {
      assertThat(stack.get("/api/v1/health").statusCode()).isEqualTo(502);
      assertThat(stack.awaitLine().fault()).isPresent();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
      })
  void answer_thatBreaksOff_breaksOffForTheClientToo(String half) throws Exception {
    try (TapStack stack =
        new TapStack(
            wire -> {
              wire.head();
              wire.write(half);
            })) {
      assertThatThrownBy(() -> stack.get("/api/v1/health")).isInstanceOf(IOException.class);
      assertThat(stack.awaitLine().fault()).hasValue(UpstreamFault.TRUNCATED);
      stack.awaitMetric("pharos_tap_upstream_errors_total{reason=\"truncated\"} 1");
      stack.awaitMetric("pharos_tap_requests_in_flight 0");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /api/v1/health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "GET /api/v1/health\r\n\r\n",
        "%%% bad\r\n\r\n",
        "GET /api/v1/health HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"
      })
  void request_thatIsMalformed_isRefused_andReachesNobody(String request) throws Exception {
    try (TapStack stack = answering(OK);
        Wire wire = stack.wire()) {
      wire.write(request);
      assertThat(wire.rest()).startsWith("HTTP/1.").contains(" 400 ");
      assertThat(heads).isEmpty();
      assertThat(stack.get("/api/v1/health").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void headers_beyondTheLimit_are431() throws Exception {
    try (TapStack stack = answering(OK);
        Wire wire = stack.wire()) {
      wire.write("GET / HTTP/1.1\r\nHost: x\r\nA: " + "a".repeat(70_000) + "\r\n\r\n");
      assertThat(wire.rest()).contains(" 431 ");
    }
  }

  @Test
  void requests_beyondTheLimit_are503_untilOneEnds() throws Exception {
    var go = new CountDownLatch(1);
    try (TapStack stack =
            new TapStack(
                wire -> {
                  wire.head();
                  heads.add("x");
                  await(go);
                  wire.json(OK);
                },
                change -> change.maxInFlight = 1);
        Wire first = stack.wire()) {
      first.write("GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n");
      head();
      HttpResponse<String> second = stack.get("/api/v1/health");
      assertThat(second.statusCode()).isEqualTo(503);
      assertThat(second.headers().firstValue("X-Pharos-Tap")).hasValue("overloaded");
      go.countDown();
      assertThat(first.head()).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void connections_beyondTheLimit_areClosed_whileAllAreAnswered_andDisplaceIdleOnes()
      throws Exception {
    var go = new CountDownLatch(1);
    try (TapStack stack =
        new TapStack(
            wire -> {
              for (String head = wire.head(); !head.isEmpty(); head = wire.head()) {
                heads.add(head);
                await(go);
                wire.json(OK);
              }
            },
            change -> change.maxConnections = 1)) {
      try (Wire first = stack.wire()) {
        first.write("GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n");
        head();
        stack.awaitMetric("pharos_tap_connections 1");
        try (Wire second = stack.wire()) {
          assertThat(second.rest()).isEmpty();
        }
        stack.awaitMetric("pharos_tap_connections_closed_total{reason=\"refused\"} 1");
        go.countDown();
        assertThat(first.head()).startsWith("HTTP/1.1 200");
      }
      stack.awaitMetric("pharos_tap_connections 0");
      try (Wire idle = stack.wire()) {
        stack.awaitMetric("pharos_tap_connections 1");
        assertThat(stack.get("/api/v1/health").statusCode()).isEqualTo(200);
        assertThat(idle.rest()).isEmpty();
        stack.awaitMetric("pharos_tap_connections_closed_total{reason=\"displaced\"} 1");
      }
    }
  }

  @Test
  void logic_thatFails_letsTheBytesPass_andIsCounted() throws Exception {
    try (TapStack stack = answering(OK)) {
      stack.routes.set(
          () -> {
            throw new IllegalStateException("made to fail");
          });
      HttpResponse<String> answer = stack.get("/api/v1/health");
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(OK);
      stack.awaitMetric("pharos_tap_passed_through_total{reason=\"failure\"} 1");
      stack.awaitMetric("pharos_tap_requests_in_flight 0");
    }
  }

  @Test
  void body_thatIsCompressedOrHasItsCodeFarBehind_isPassedOn_andCounted() throws Exception {
    String far = "{\"data\":\"" + "a".repeat(100_000) + "\",\"code\":500}";
    try (TapStack stack = answering(far)) {
      assertThat(stack.get("/api/v1/health").body()).isEqualTo(far);
      stack.awaitMetric("pharos_tap_passed_through_total{reason=\"prefix\"} 1");
    }
    try (TapStack stack =
        new TapStack(
            wire -> {
              wire.head();
              wire.write(
                  "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc");
            })) {
      assertThat(stack.get("/api/v1/health").body()).isEqualTo("abc");
      stack.awaitMetric("pharos_tap_passed_through_total{reason=\"encoded\"} 1");
    }
  }

  @Test
  void slowClient_holdsTheBackendBack() throws Exception {
    int size = 256 << 20;
    var written = new AtomicLong();
    try (TapStack stack =
            new TapStack(
                wire -> {
                  wire.head();
                  wire.write("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n");
                  byte[] piece = new byte[1 << 20];
                  for (int i = 0; i < size >> 20; i++) {
                    wire.write(piece);
                    written.addAndGet(piece.length);
                  }
                });
        Wire wire = stack.wire()) {
      wire.write("GET /files/big HTTP/1.1\r\nHost: x\r\n\r\n");
      wire.head();
      // Who does not read leaves the rest with the backend: the tap took a little only.
      long before;
      int still = 0;
      do {
        before = written.get();
        stack.metrics();
        still = written.get() == before ? still + 1 : 0;
      } while (still < 50);
      assertThat(written.get()).isLessThan(64 << 20);
    }
  }

  @Test
  void head_andNotModified_haveNoBody_andKeepTheirHeaders() throws Exception {
    try (TapStack stack =
            new TapStack(
                wire -> {
                  wire.head();
                  wire.write("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\nETag: \"a\"\r\n\r\n");
                  wire.head();
                  wire.write("HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n");
                  wire.rest();
                },
                change -> change.loops = 1);
        Wire wire = stack.wire()) {
      wire.write("HEAD /files/a HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(wire.head()).containsIgnoringCase("content-length: 1234").contains("\"a\"");
      wire.write("GET /files/a HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(wire.head()).startsWith("HTTP/1.1 304").contains("\"a\"");
      wire.write("GET /files/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    }
  }

  @Test
  void routes_thatChange_countFromThenOn_andNoConnectionDrops() throws Exception {
    try (TapStack stack = answering(OK);
        Wire wire = stack.wire()) {
      wire.write("GET /new HTTP/1.1\r\nHost: x\r\n\r\n");
      wire.head();
      wire.bytes(OK.length());
      var table = RoutesFile.parse("routes.yml", "routes: ['GET /new']");
      stack.routes.set(() -> table);
      wire.write("GET /new HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(wire.head()).startsWith("HTTP/1.1 200");
      stack.awaitMetric(
          "pharos_tap_requests_total{method=\"GET\",path=\"unknown\",status=\"200\",code=\"0\"} 1");
      stack.awaitMetric(
          "pharos_tap_requests_total{method=\"GET\",path=\"/new\",status=\"200\",code=\"0\"} 1");
    }
  }

  @Test
  void metrics_areNotServedToClientsOfTheBackend() throws Exception {
    try (TapStack stack = answering(OK)) {
      assertThat(stack.get("/tap/metrics").body()).isEqualTo(OK);
    }
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      if (!latch.await(10, TimeUnit.SECONDS)) {
        throw new IOException("nobody said go");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }
}
