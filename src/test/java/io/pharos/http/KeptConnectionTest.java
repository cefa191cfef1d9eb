package io.pharos.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.config.http.Credentials;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.ProxyOptions;
import io.pharos.config.http.Secret;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.TlsOptions;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Against a server that answers, byte by byte, what a test says.
class KeptConnectionTest {
  private static final Duration LONG = Duration.ofSeconds(10);

  /// Closes the connection instead of answering.
  private static final String CLOSE = "";

  /// Neither answers nor closes.
  private static final String HANG = "hang";

  private final Clients clients = new Clients(InstantSource.system(), Map.of());
  private final OutgoingClient client = clients.open(HttpOptions.DEFAULT);
  private final KeptConnection kept = new KeptConnection();
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<Socket> accepted = new CopyOnWriteArrayList<>();
  private final CountDownLatch hanging = new CountDownLatch(1);
  private ServerSocket server;

  @BeforeEach
  void start() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual()
        .start(
            () -> {
              while (true) {
                try {
                  Socket socket = server.accept();
                  accepted.add(socket);
                  Thread.ofVirtual().start(() -> serve(socket));
                } catch (IOException _) {
                  return; // the test is over
                }
              }
            });
  }

  @AfterEach
  void stop() throws IOException {
    kept.close();
    client.close();
    clients.close();
    server.close();
    for (Socket socket : accepted) {
      socket.close();
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      InputStream in = socket.getInputStream();
      var request = new StringBuilder();
      for (int c = in.read(); c >= 0; c = in.read()) {
        request.append((char) c);
        if (request.toString().endsWith("\r\n\r\n")) {
          asked.add(request.toString());
          request.setLength(0);
          String answer = answers.take();
          if (answer.equals(CLOSE)) {
            return;
          }
          if (answer.equals(HANG)) {
            hanging.countDown();
            continue;
          }
          for (String part :
              answer.replace("…", "").split("\\|", -1)) { // each by a packet of its own
            socket.getOutputStream().write(part.getBytes(ISO_8859_1));
            socket.getOutputStream().flush();
          }
          if (answer.endsWith("…") || answer.contains("HTTP/1.0")) {
            return;
          }
        }
      }
    } catch (IOException | InterruptedException _) {
      // the other side is gone
    }
  }

  private HttpResponse<String> get(String path, Duration limit)
      throws IOException, InterruptedException {
    return client.send(request(path), copying(), limit, kept);
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return get(path, LONG);
  }

  private HttpRequest request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.getLocalPort() + path))
        .header("Accept", "text/plain")
        .build();
  }

  private static HttpResponse.BodyHandler<String> copying() {
    return info ->
        HttpResponse.BodySubscribers.mapping(
            BoundedBody.of(1 << 20).apply(info), bytes -> new String(bytes, ISO_8859_1));
  }

  private static String answer(String body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
  }

  @Test
  void send_twice_goesByOneConnectionAndTellsWhatIsAsked() throws Exception {
    answers.add(answer("one"));
    answers.add(answer("two"));
    HttpResponse<String> response = get("/metrics?a=b%20c");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo("one");
    assertThat(response.headers().firstValue("content-length")).contains("3");
    assertThat(get("/").body()).isEqualTo("two");
    assertThat(accepted).hasSize(1);
    assertThat(asked.getFirst())
        .startsWith("GET /metrics?a=b%20c HTTP/1.1\r\nHost: 127.0.0.1:" + server.getLocalPort())
        .contains("\r\nAccept: text/plain\r\n", "\r\nUser-Agent: Pharos\r\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello",
        "H|TTP/1.1 200 OK\r|\nContent-Length:5\r\n\r|\nhel|lo",
        "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n005\r\n|hello|\r\n0\r\nA: b\r\n\r\n",
      })
  void send_bodyWithAnEnd_isReadAndTheConnectionKept(String answer) throws Exception {
    answers.add(answer);
    answers.add(answer("two"));
    assertThat(get("/").body()).isEqualTo("hello");
    assertThat(get("/").body()).isEqualTo("two");
    assertThat(accepted).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more",
        "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.0 200 OK\r\n\r\nhello",
      })
  void send_connectionThatDoesNotStay_isMadeAnew(String answer) throws Exception {
    answers.add(answer);
    answers.add(answer("two"));
    assertThat(get("/").body()).isEqualTo("hello");
    assertThat(kept.isOpen()).isFalse();
    assertThat(get("/").body()).isEqualTo("two");
    assertThat(accepted).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SSH-2.0-OpenSSH_9.6\r\n",
        "HTTP/1.1 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell…",
        "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: br, chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno header\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\t: no name\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\u0001\u007f: no name\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\nA\t: the same name\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length",
      })
  void send_answerThatIsNone_fails(String answer) {
    answers.add(answer.endsWith("…") || answer.endsWith("\r\n") ? answer : answer + "…");
    assertThatThrownBy(() -> get("/", Duration.ofSeconds(5)))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(HttpTimeoutException.class);
    assertThat(kept.isOpen()).isFalse();
  }

  @Test
  void send_headerWithoutName_tellsTheLine() {
    answers.add("HTTP/1.1 200 OK\r\nA: b\r\n\t: c\r\n\r\n");
    assertThatThrownBy(() -> get("/"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("line 3 of the answer's head is \"\\t: c\", expected a header");
  }

  @Test
  void send_headWithoutEnd_isNotGatheredForGood() {
    answers.add("HTTP/1.1 200 OK\r\n" + "A: b\r\n".repeat(20_000));
    assertThatThrownBy(() -> get("/"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("65536");
  }

  @Test
  void send_statusWithoutABody_hasNone() throws Exception {
    answers.add("HTTP/1.1 204 No Content\r\n\r\n");
    answers.add("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy");
    assertThat(get("/").body()).isEmpty();
    assertThat(get("/").statusCode()).isEqualTo(503);
    assertThat(accepted).hasSize(1);
  }

  @Test
  void send_serverClosedTheIdleConnection_asksAgainByAnother() throws Exception {
    answers.add(answer("one"));
    answers.add(CLOSE);
    answers.add(answer("two"));
    assertThat(get("/").body()).isEqualTo("one");
    assertThat(get("/").body()).isEqualTo("two");
    assertThat(asked).hasSize(3);
  }

  @Test
  void send_serverAlwaysCloses_failsAfterTheSecondTime() throws Exception {
    answers.add(answer("one"));
    answers.addAll(List.of(CLOSE, CLOSE, CLOSE));
    assertThat(get("/").body()).isEqualTo("one");
    assertThatThrownBy(() -> get("/")).isInstanceOf(IOException.class);
    assertThat(asked).hasSize(3);
  }

  @Test
  void send_serverThatHangs_endsInTimeAndIsNotAskedTwice() throws Exception {
    answers.add(answer("one"));
    answers.add(HANG);
    get("/");
    assertThatThrownBy(() -> get("/", Duration.ofMillis(100)))
        .isInstanceOf(HttpTimeoutException.class)
        .hasMessageContaining("within 100ms");
    assertThat(asked).hasSize(2);
    assertThat(kept.isOpen()).isFalse();
  }

  @Test
  void send_serverThatHangsWithinTheBody_endsInTime() {
    answers.add("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
    assertThatThrownBy(() -> get("/", Duration.ofMillis(100)))
        .isInstanceOf(HttpTimeoutException.class);
  }

  @Test
  void send_nobodyListens_isAConnectException() throws Exception {
    int port;
    try (var unused = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = unused.getLocalPort();
    }
    HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port)).build();
    assertThatThrownBy(() -> client.send(request, copying(), LONG, kept))
        .isInstanceOf(ConnectException.class);
  }

  @Test
  void send_nameThatIsNone_isUnresolved() {
    HttpRequest request = HttpRequest.newBuilder(URI.create("http://no.such.invalid/")).build();
    assertThatThrownBy(() -> client.send(request, copying(), LONG, kept))
        .isInstanceOf(ConnectException.class)
        .hasRootCauseInstanceOf(UnresolvedAddressException.class);
  }

  @Test
  void send_interruptedOnAVirtualThread_ends() throws Exception {
    answers.add(HANG);
    var ended = new AtomicReference<@Nullable Throwable>();
    Thread thread =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    get("/");
                  } catch (IOException | InterruptedException e) {
                    ended.set(e);
                  }
                });
    hanging.await();
    thread.interrupt();
    thread.join();
    assertThat(ended.get()).isInstanceOf(InterruptedException.class);
  }

  @Test
  void send_redirect_isFollowedWithoutTheSecretsOfAnotherHost() throws Exception {
    answers.add("HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n");
    answers.add(answer("there"));
    assertThat(get("/").body()).isEqualTo("there");
    assertThat(accepted).hasSize(1);

    try (var secret =
        clients.open(
            new HttpOptions(
                new Credentials.Header("Bearer", new SecretSource.Inline(new Secret("s3cret"))),
                TlsOptions.DEFAULT,
                ProxyOptions.NONE,
                Map.of(),
                true,
                true))) {
      answers.add(
          "HTTP/1.1 302 Found\r\nLocation: http://localhost:"
              + server.getLocalPort()
              + "/\r\nContent-Length: 0\r\n\r\n");
      answers.add(answer("elsewhere"));
      assertThat(secret.send(request("/"), copying(), LONG, kept).body()).isEqualTo("elsewhere");
    }
    assertThat(asked.get(2)).contains("Authorization: Bearer s3cret");
    assertThat(asked.get(3)).doesNotContain("s3cret");
  }

  @Test
  void send_proxyIsConfigured_goesByTheProxy() throws Exception {
    answers.add(answer("by proxy"));
    try (var proxied =
        clients.open(
            new HttpOptions(
                new Credentials.None(),
                TlsOptions.DEFAULT,
                new ProxyOptions("http://127.0.0.1:" + server.getLocalPort(), "", false),
                Map.of(),
                true,
                true))) {
      HttpRequest request = HttpRequest.newBuilder(URI.create("http://far.invalid/x")).build();
      assertThat(proxied.send(request, copying(), LONG, kept).body()).isEqualTo("by proxy");
    }
    assertThat(asked.getFirst()).startsWith("GET http://far.invalid/x HTTP/1.1");
    assertThat(kept.isOpen()).isFalse();
  }

  @Test
  void send_post_goesByTheClient() throws Exception {
    answers.add(answer("posted"));
    HttpRequest post =
        HttpRequest.newBuilder(request("/").uri())
            .POST(HttpRequest.BodyPublishers.noBody())
            .build();
    assertThat(client.send(post, BodyHandlers.ofString(), LONG, kept).body()).isEqualTo("posted");
    assertThat(kept.isOpen()).isFalse();
  }

  @Test
  void awaitClosed_nothingHappens_waitsAndKeepsTheConnection() throws Exception {
    answers.add(answer("one"));
    answers.add(answer("two"));
    get("/");
    assertThat(kept.awaitClosed(Duration.ofMillis(20))).isFalse();
    assertThat(get("/").body()).isEqualTo("two");
    assertThat(accepted).hasSize(1);
  }

  @Test
  void awaitClosed_serverDies_returnsLongBeforeTheTimeIsOver() throws Exception {
    answers.add(answer("one"));
    get("/");
    accepted.getFirst().close();
    long begin = System.nanoTime();
    assertThat(kept.awaitClosed(Duration.ofMinutes(1))).isTrue();
    assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(30));
    assertThat(kept.isOpen()).isFalse();
  }

  @Test
  void awaitClosed_connectionIsReset_isClosed() throws Exception {
    answers.add(answer("one"));
    get("/");
    accepted.getFirst().setSoLinger(true, 0);
    accepted.getFirst().close();
    assertThat(kept.awaitClosed(Duration.ofMinutes(1))).isTrue();
  }

  @Test
  void awaitClosed_noConnection_returnsAtOnce() throws Exception {
    assertThat(kept.awaitClosed(Duration.ofMinutes(1))).isFalse();
  }
}
