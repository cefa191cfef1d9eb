package io.pharos.probe.protocol;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.probe.ProbeFile;
import io.pharos.probe.ProbeOutcome;
import io.pharos.probe.ProbeResult;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Probes of WebSocket against a server whose frames the test makes up; [ProbeNodeTest] asks a real
/// one.
@Timeout(60)
class WebSocketProbeTest {
  @TempDir Path directory;

  private final Prober prober = new Prober(InstantSource.system());
  private ServerSocket server;
  private final CompletableFuture<String> asked = new CompletableFuture<>();
  private final CompletableFuture<String> sent = new CompletableFuture<>();

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void close() throws IOException {
    prober.close();
    server.close();
  }

  /// Answers one handshake, with frames behind it, and reads frames until the close.
  private void answer(String frames) {
    Thread.ofVirtual()
        .start(
            () -> {
              try (Socket socket = server.accept()) {
                var in = new DataInputStream(socket.getInputStream());
                String request = head(in);
                asked.complete(request);
                String key = request.replaceAll("(?s).*Sec-WebSocket-Key: ([^\r]*).*", "$1");
                String accept =
                    Base64.getEncoder()
                        .encodeToString(
                            MessageDigest.getInstance("SHA-1")
                                .digest(
                                    (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
                                        .getBytes(ISO_8859_1)));
                String head =
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nX-A: b\r\n"
                        + "Connection: Upgrade\r\nSec-WebSocket-Accept: "
                        + accept
                        + "\r\n\r\n";
                socket.getOutputStream().write((head + frames).getBytes(ISO_8859_1));
                sent.complete(frames(in));
              } catch (Exception e) {
                asked.complete(e.toString());
                sent.complete(e.toString());
              }
            });
  }

  private static String head(DataInputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) in.readUnsignedByte());
    }
    return head.toString();
  }

  private static String frames(DataInputStream in) throws IOException {
    var frames = new StringBuilder();
    while (true) {
      int opcode = in.readUnsignedByte() & 0xf;
      int length = in.readUnsignedByte() & 0x7f;
      length =
          length == 126 ? in.readUnsignedShort() : length == 127 ? (int) in.readLong() : length;
      byte[] mask = in.readNBytes(4);
      byte[] content = in.readNBytes(length);
      for (int i = 0; i < content.length; i++) {
        content[i] ^= mask[i % 4];
      }
      frames.append(opcode).append(' ');
      if (opcode == 8) {
        return frames.append((content[0] & 0xff) << 8 | content[1] & 0xff).toString();
      }
      frames.append(content.length > 100 ? "…" + content.length : new String(content, UTF_8));
      frames.append('\n');
    }
  }

  private String probe(String keys, String rest) throws IOException {
    String text =
        "probes:\n- name: p\n  timeout: 900ms\n  websocket: {url: 'ws://127.0.0.1:%d/ws?a=b'%s}\n%s"
            .formatted(server.getLocalPort(), keys, rest.indent(2));
    ProbeResult result = prober.probe(ProbeFile.parse("p.yml", text, directory).getFirst());
    return switch (result.outcome()) {
      case ProbeOutcome.Success() -> "success";
      case ProbeOutcome.Failure(String reason) -> "failure: " + reason;
      case ProbeOutcome.Unknown(_, String reason) -> "unknown: " + reason;
    };
  }

  @Test
  void handshake_alone_isEnough_andIsClosedPolitely() throws Exception {
    Files.writeString(directory.resolve("token"), "hunter2");
    answer("");

    assertThat(
            probe(
                ", headers: {Sec-WebSocket-Protocol: graphql-ws}, bearer_token_file: token",
                "expect: status == 101 && headers['x-a'] == 'b'"))
        .isEqualTo("success");
    assertThat(asked.get())
        .startsWith("GET /ws?a=b HTTP/1.1\r\nHost: 127.0.0.1:" + server.getLocalPort() + "\r\n")
        .contains(
            "\r\nUpgrade: websocket\r\n",
            "\r\nConnection: Upgrade\r\n",
            "\r\nSec-WebSocket-Version: 13\r\n",
            "\r\nSec-WebSocket-Protocol: graphql-ws\r\n",
            "\r\nAuthorization: Bearer hunter2\r\n");
    assertThat(sent.get()).isEqualTo("8 1000");
  }

  @Test
  void message_isSent_andItsAnswerSeen_inPiecesWithAPingBetween() throws Exception {
    answer("\1\5{\"a\":" + "\u0089\2hi" + "\u008a\0" + "\u0080\3 7}");

    assertThat(probe(", send: '{\"ping\": 1}'", "expect: body.a == 7 && text contains '7'"))
        .isEqualTo("success");
    assertThat(sent.get()).isEqualTo("1 {\"ping\": 1}\n10 hi\n8 1000");
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 70_000})
  void message_long_isFramedByItsLength(int length) throws Exception {
    answer("\u0081\176\0\310" + "y".repeat(200));

    assertThat(probe(", send: " + "x".repeat(length), "expect: size(text) == 200"))
        .isEqualTo("success");
    assertThat(sent.get()).isEqualTo("1 …" + length + "\n8 1000");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\u0081\u0002no | failure: expected text == 'ok', with text = \"no\"",
        "\u0088\u0002\u0003\u00f0 | failure: the server closed the connection instead of sending a message: 1008",
        "\u0088\u0005\u0003\u00f0bad | failure: the server closed the connection instead of sending a message: 1008 \"bad\"",
        "\u0081\u0082\u0001\u0001\u0001\u0001ab | failure: found a masked frame, which servers must not send",
        "\u0081\u007f\u0001\u0001\u0001\u0001\u0001\u0001\u0001\u0001x | failure: the message is longer than 1048576 bytes",
        "\u0081\u007f\u00ff\u0001\u0001\u0001\u0001\u0001\u0001\u0001x | failure: the message is longer than 1048576 bytes",
        "'' | failure: transfer: timed out after 900 ms",
      })
  void answer_isJudged(String frames, String expected) throws Exception {
    answer(frames);

    assertThat(probe("", "expect: text == 'ok'")).isEqualTo(expected);
  }

  @Test
  void serverOfSomethingElse_isAFailure() throws Exception {
    try (var raw = new RawServer()) {
      String text =
          "probes:\n- name: p\n  websocket: {url: 'ws://127.0.0.1:%d/'}\n".formatted(raw.port());
      assertThat(prober.probe(ProbeFile.parse("p.yml", text, directory).getFirst()).outcome())
          .isEqualTo(new ProbeOutcome.Failure("found status 200, expected 101"));
      assertThat(
              prober
                  .probe(
                      ProbeFile.parse("p.yml", text + "  expect: status == 200\n", directory)
                          .getFirst())
                  .outcome())
          .isEqualTo(new ProbeOutcome.Success());
      raw.answer = "HTTP/1.1 101 Yes\r\nSec-WebSocket-Accept: x\r\n\r\n";
      assertThat(prober.probe(ProbeFile.parse("p.yml", text, directory).getFirst()).outcome())
          .isEqualTo(
              new ProbeOutcome.Failure(
                  "found no Sec-WebSocket-Accept that matches the key of the request"));
    }
  }
}
