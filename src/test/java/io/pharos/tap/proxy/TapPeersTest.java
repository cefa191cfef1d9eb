package io.pharos.tap.proxy;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.tap.proxy.TapStack.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// One client or one answer must not spoil the requests of other clients.
class TapPeersTest {
  private static final String OK = "{\"code\":0,\"data\":null}";
  private static final Pattern LENGTH = Pattern.compile("(?i)content-length: (\\d+)");

  private final BlockingQueue<String> heads = new ArrayBlockingQueue<>(1000);
  private final List<Wire> peers = new ArrayList<>();

  @AfterEach
  void closePeers() throws IOException {
    for (Wire peer : peers) {
      peer.close();
    }
  }

  /* A backend that reads each request completely and answers it with 200. */
  private void answer(Wire wire) throws IOException {
    for (String head = wire.head(); !head.isEmpty(); head = wire.head()) {
      Matcher length = LENGTH.matcher(head);
      int expected = length.find() ? Integer.parseInt(length.group(1)) : 0;
      if (wire.bytes(expected).length < expected) {
        return;
      }
      heads.add(head);
      wire.json(OK);
    }
  }

  private void open(TapStack stack, int count, String text) throws IOException {
    for (int i = 0; i < count; i++) {
      Wire peer = stack.wire();
      peers.add(peer);
      peer.write(text);
    }
  }

  private static String exchange(TapStack stack, String request) throws IOException {
    try (Wire wire = stack.wire()) {
      wire.write(request);
      String head = wire.head();
      return head.isEmpty() ? "closed" : head.substring(0, head.indexOf("\r\n"));
    }
  }

  /* The limits inside `serve` with 1,024 file descriptors. */
  private static void ofASmallProcess(TapStack.Change change) {
    change.maxConnections = 128;
    change.maxInFlight = 64;
  }

  @Test
  void idleSocketsAndSlowBodies_letAllRequestsOfAnotherClientPass() throws Exception {
    var stopped = new AtomicBoolean();
    try (TapStack stack = new TapStack(this::answer, TapPeersTest::ofASmallProcess)) {
      open(stack, 200, "");
      open(
          stack,
          120,
          "POST /api/v1/machines HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\na");
      var drip = Thread.ofVirtual().start(() -> drip(stopped));
      // A client counts as slow after 2 s; a longer wait changes nothing.
      Thread.sleep(Duration.ofMillis(2500));

      List<String> answers = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        answers.add(exchange(stack, "GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n"));
        answers.add(
            exchange(
                stack, "POST /api/v1/machines HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na"));
      }
      stopped.set(true);
      drip.join();

      assertThat(answers).hasSize(100).containsOnly("HTTP/1.1 200 OK");
    }
  }

  /* The slow clients are never old enough to be displaced. */
  @Test
  void slowBodiesThatBeginAgainAndAgain_letAllRequestsOfAnotherClientPass() throws Exception {
    var stopped = new AtomicBoolean();
    try (TapStack stack = new TapStack(this::answer, change -> change.maxInFlight = 64)) {
      var slow = new ArrayList<Thread>();
      // 32 with the backend and 28 that wait: the waiting room of each loop has room for 32.
      for (int i = 0; i < 60; i++) {
        slow.add(Thread.ofVirtual().start(() -> beginAgain(stack, stopped)));
      }
      while (stack.tap.inFlight() < 60) {
        Thread.sleep(10);
      }

      List<String> answers = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        answers.add(exchange(stack, "GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n"));
        try (Wire wire = stack.wire()) {
          wire.write("POST /api/v1/machines HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\na");
          Thread.sleep(20);
          wire.write("b");
          answers.add(wire.head().lines().findFirst().orElse("closed"));
        }
      }
      stopped.set(true);
      for (Thread one : slow) {
        one.join();
      }

      assertThat(answers).hasSize(100).containsOnly("HTTP/1.1 200 OK");
      stack.awaitMetric("pharos_tap_requests_in_flight 0");
      assertThat(stack.get("/api/v1/health").statusCode()).isEqualTo(200);
    }
  }

  /* Leaves each request for a new one after a second. */
  private static void beginAgain(TapStack stack, AtomicBoolean stopped) {
    while (!stopped.get()) {
      try (Wire wire = stack.wire()) {
        wire.write("POST /api/v1/machines HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\na");
        for (int i = 0; i < 20 && !stopped.get(); i++) {
          Thread.sleep(50);
        }
      } catch (IOException _) {
        // The tap closed it.
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Test
  void uploads_inMoreThanHalfOfThePlaces_waitForEachOther() throws Exception {
    try (TapStack stack = new TapStack(this::answer, change -> change.maxInFlight = 2)) {
      String upload = "POST /api/v1/machines HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n";
      for (int i = 1; i <= 2; i++) {
        open(stack, 1, upload + "a".repeat(150_000));
        stack.awaitMetric("pharos_tap_requests_in_flight " + i);
      }
      assertThat(stack.get("/api/v1/health").statusCode()).isEqualTo(200);
      for (Wire peer : peers) {
        peer.write("a".repeat(50_000));
        assertThat(peer.head()).startsWith("HTTP/1.1 200");
      }
    }
  }

  @Test
  void requestThatWaitedForItsBody_isHandledOnTheLoopOfItsConnection() throws Exception {
    try (TapStack stack = new TapStack(this::answer, change -> change.maxInFlight = 2);
        Wire wire = stack.wire()) {
      open(stack, 1, "POST /api/v1/machines HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na");
      stack.awaitMetric("pharos_tap_requests_in_flight 1");

      for (int i = 0; i < 20; i++) {
        wire.write("POST /api/v1/machines HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na");
        assertThat(wire.head()).startsWith("HTTP/1.1 200 OK");
        wire.bytes(OK.length());
      }

      assertThat(stack.threads).hasSize(1);
    }
  }

  @Test
  void clientOfTheMetrics_thatSendsNoHead_isClosed() throws Exception {
    try (TapStack stack =
            new TapStack(this::answer, change -> change.headTimeout = Duration.ofSeconds(1));
        var socket = new Socket(InetAddress.getLoopbackAddress(), stack.tap.metricsPort())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write("GET /tap/metrics HTTP/1.1\r\n".getBytes(US_ASCII));
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
      assertThat(stack.metrics()).contains("pharos_tap_connections 0");
    }
  }

  /* Sends a byte to each peer now and then, until stopped. */
  private void drip(AtomicBoolean stopped) {
    while (!stopped.get()) {
      for (Wire peer : peers.subList(200, peers.size())) {
        try {
          peer.write("a");
        } catch (IOException _) {
          // The tap closed it.
        }
      }
      try {
        Thread.sleep(50);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /a\u0007b HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET http://y/ HTTP/1.1\r\nHost: x, y\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x y\r\n\r\n",
        "GET a/b HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na",
        "GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        "GET http://y/ HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n"
      })
  void malformedRequest_getsA400_andItsConnectionIsClosed(String request) throws Exception {
    try (TapStack stack = new TapStack(this::answer);
        Wire wire = stack.wire()) {
      wire.write(
          request + "POST /api/v1/machines HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
      assertThat(wire.rest())
          .startsWith("HTTP/1.")
          .contains(" 400 ")
          .satisfies(all -> assertThat(all.split("HTTP/1\\.", -1)).hasSize(2));
      assertThat(stack.get("/api/v1/health").statusCode()).isEqualTo(200);
      assertThat(heads).singleElement().asString().startsWith("GET /api/v1/health ");
    }
  }

  @Test
  void malformedRequest_behindAnotherOne_endsTheConnectionAfterIts400() throws Exception {
    var go = new CountDownLatch(1);
    try (TapStack stack =
            new TapStack(
                wire -> {
                  String head = wire.head();
                  heads.add(head);
                  await(go);
                  wire.json(OK);
                  answer(wire);
                });
        Wire wire = stack.wire()) {
      wire.write(
          "GET /files/a HTTP/1.1\r\nHost: x\r\n\r\nGET /files/b HTTP/1.1\r\n\r\n"
              + "POST /api/v1/machines HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
      assertThat(heads.poll(10, TimeUnit.SECONDS)).startsWith("GET /files/a ");
      go.countDown();
      String all = wire.rest();
      assertThat(all).startsWith("HTTP/1.1 200 ").contains("HTTP/1.1 400 ");
      assertThat(all.split("HTTP/1\\.", -1)).hasSize(3);
      assertThat(heads).isEmpty();
    }
  }

  @Test
  void malformedBody_getsNoAnswerOfTheBackend_andItsConnectionIsClosed() throws Exception {
    try (TapStack stack = new TapStack(this::answer);
        Wire wire = stack.wire()) {
      wire.write(
          "POST /files/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\na\r\n0\r\n\r\n"
              + "POST /api/v1/machines HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
      assertThat(wire.rest()).doesNotContain(" 200 ");
      stack.awaitMetric("pharos_tap_requests_in_flight 0");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CONNECT shop.example:443 HTTP/1.1\r\nHost: shop.example:443\r\n\r\n",
        "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n"
      })
  void connectAndTrace_get405_andReachNobody(String request) throws Exception {
    try (TapStack stack = new TapStack(this::answer);
        Wire wire = stack.wire()) {
      wire.write(request);
      assertThat(wire.rest()).startsWith("HTTP/1.1 405 ").containsIgnoringCase("allow: GET, ");
      assertThat(heads).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison",
        "HTTP/1.1 204 No Content\r\nContent-Length: 6\r\n\r\npoison",
        "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 20",
        "HTTP/1.1 304 Not Modified\r\n\r\npoison",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n"
      })
  void bytesAfterAnAnswer_reachNoOtherClient(String answer) throws Exception {
    try (TapStack stack =
        new TapStack(
            wire -> {
              if (wire.head().contains("/files/bad ")) {
                wire.write(answer);
              } else {
                wire.json(OK);
              }
              answer(wire);
            },
            change -> change.loops = 1)) {
      for (int i = 0; i < 20; i++) {
        assertThat(stack.get("/files/bad").statusCode()).isIn(200, 204, 304);
        assertThat(stack.get("/api/v1/health").body()).isEqualTo(OK);
      }
      stack.awaitMetric("pharos_tap_upstream_errors_total{reason=\"protocol\"} 0");
    }
  }

  @Test
  void bytesOnAnIdleConnectionOfTheBackend_reachNobody() throws Exception {
    var late = new CountDownLatch(1);
    var closed = new CountDownLatch(1);
    try (TapStack stack =
        new TapStack(
            wire -> {
              wire.head();
              wire.json(OK);
              await(late);
              if (closed.getCount() > 0) {
                wire.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
                wire.rest();
                closed.countDown();
              }
            },
            change -> change.loops = 1)) {
      stack.get("/api/v1/health");
      late.countDown();
      assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(stack.get("/api/v1/health").body()).isEqualTo(OK);
    }
  }

  @Test
  void requestThatIsAnsweredBeforeItsEnd_isTheLastOfItsConnections() throws Exception {
    try (TapStack stack =
            new TapStack(
                wire -> {
                  heads.add(wire.head());
                  wire.write("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
                  wire.rest();
                });
        Wire wire = stack.wire()) {
      wire.write("POST /files/a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab");
      assertThat(wire.head()).startsWith("HTTP/1.1 413").containsIgnoringCase("connection: close");
      wire.write("cdGET /files/b HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(wire.rest()).isEmpty();
      assertThat(heads).hasSize(1);
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
