package io.pharos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.http.WebSocketLink.Frame;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WebSocketLinkTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(200);

  private final HttpClient client = HttpClient.newHttpClient();
  private final BlockingQueue<WebSocketStandIn.Connection> opened = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
  private WebSocketStandIn server;

  @BeforeEach
  void start() throws IOException {
    server =
        new WebSocketStandIn(
            opened::add, (_, data) -> received.add(new String(data, StandardCharsets.UTF_8)));
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    client.shutdownNow();
  }

  private WebSocketLink link(Duration quiet) throws IOException, InterruptedException {
    return WebSocketLink.open(
        client.newWebSocketBuilder(), URI.create(server.url("/a?ticket=SECRET")), LONG, quiet);
  }

  private WebSocketStandIn.Connection connection() throws InterruptedException {
    return opened.poll(LONG.toSeconds(), TimeUnit.SECONDS);
  }

  @Test
  void messages_arriveInOrder_wholeAndInParts_textAndBytes() throws Exception {
    try (WebSocketLink link = link(LONG)) {
      WebSocketStandIn.Connection peer = connection();
      assertThat(peer.path).isEqualTo("/a?ticket=SECRET");
      peer.send("one");
      peer.sendParts("两😀", 3);
      peer.send(new byte[] {0, 1, -1});
      assertThat(link.next()).isEqualTo(new Frame.Text("one"));
      assertThat(link.next()).isEqualTo(new Frame.Text("两😀两😀两😀"));
      assertThat(link.next())
          .isInstanceOfSatisfying(
              Frame.Binary.class, it -> assertThat(it.bytes()).containsExactly(0, 1, -1));
      link.send("answer");
      link.send("bytes".getBytes(StandardCharsets.UTF_8));
      assertThat(received.poll(LONG.toSeconds(), TimeUnit.SECONDS)).isEqualTo("answer");
      assertThat(received.poll(LONG.toSeconds(), TimeUnit.SECONDS)).isEqualTo("bytes");
    }
  }

  @Test
  void messageThatIsTooLong_endsTheConnection() throws Exception {
    try (WebSocketLink link = link(LONG)) {
      WebSocketStandIn.Connection peer = connection();
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  peer.sendParts("x".repeat(60_000), 1000);
                } catch (IOException _) {
                  // the client has closed the connection, as it should
                }
              });
      assertThat(link.next())
          .isEqualTo(new Frame.Closed("a message is longer than " + WebSocketLink.MAX_MESSAGE));
    }
  }

  @Test
  void quietServer_thatAnswersPings_isThere_andOneThatDoesNot_isGone() throws Exception {
    try (WebSocketLink link = link(SHORT)) {
      connection();
      for (int i = 0; i < 5; i++) {
        assertThat(link.next()).isEqualTo(new Frame.Quiet());
      }
      server.isAlive = false;
      Frame frame = link.next();
      for (int i = 0; i < 5 && frame instanceof Frame.Quiet; i++) {
        frame = link.next();
      }
      assertThat(frame).isEqualTo(new Frame.Closed("the server answers no ping"));
    }
  }

  @Test
  void end_isTold_whetherTheServerClosesOrDrops() throws Exception {
    try (WebSocketLink link = link(LONG)) {
      connection().close(1001);
      assertThat(link.next())
          .isEqualTo(new Frame.Closed("the server closed the connection with 1001"));
    }
    try (WebSocketLink link = link(LONG)) {
      connection().drop();
      assertThat(link.next())
          .isInstanceOfSatisfying(
              Frame.Closed.class,
              it -> assertThat(it.reason()).startsWith("the connection failed"));
      assertThatThrownBy(() -> link.send("late"))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("the connection takes no message");
    }
  }

  @Test
  void close_endsTheConnection() throws Exception {
    link(LONG).close();
    connection();
    for (int i = 0; i < 1000 && !server.connections().isEmpty(); i++) {
      Thread.sleep(10);
    }
    assertThat(server.connections()).isEmpty();
  }

  @Test
  void standInClosedDuringAHandshake_dropsThatConnection() throws Exception {
    URI address = URI.create(server.url("/a"));
    try (var socket = new Socket(address.getHost(), address.getPort())) {
      OutputStream out = socket.getOutputStream();
      out.write("GET /a HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII));
      Thread.sleep(SHORT); // it has been accepted
      server.close();
      out.write("Sec-WebSocket-Key: k\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      socket.setSoTimeout((int) LONG.toMillis());
      assertThatThrownBy(
              () -> {
                while (socket.getInputStream().read() >= 0) {
                  // the answer to the handshake
                }
                throw new SocketException("end");
              })
          .isInstanceOf(SocketException.class);
    }
  }

  @Test
  void serverThatIsAway_isRefused_withoutTheTicket() throws Exception {
    String address = server.url("/a?ticket=SECRET");
    server.close();
    assertThatThrownBy(
            () -> WebSocketLink.open(client.newWebSocketBuilder(), URI.create(address), LONG, LONG))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no WebSocket")
        .hasMessageNotContaining("SECRET");
  }
}
