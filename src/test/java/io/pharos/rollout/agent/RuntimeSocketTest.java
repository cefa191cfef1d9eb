package io.pharos.rollout.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RuntimeSocketTest {
  @TempDir Path folder;
  private ServerSocketChannel server;
  private RuntimeSocket socket;

  /// The peer's behaviour.
  private interface Conduct {
    void with(SocketChannel caller) throws Exception;
  }

  @BeforeEach
  void listen() throws IOException {
    Path path = folder.resolve("s");
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(path));
    socket = new RuntimeSocket(path.toString(), Duration.ofMillis(300));
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  private void serve(Conduct conduct) {
    Thread.ofVirtual()
        .start(
            () -> {
              try (SocketChannel caller = server.accept()) {
                conduct.with(caller);
              } catch (Exception _) { // the caller went away
              }
            });
  }

  private static String read(SocketChannel caller) throws IOException {
    var buffer = ByteBuffer.allocate(1000);
    caller.read(buffer);
    return new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
  }

  private static void write(SocketChannel caller, String text) throws IOException {
    caller.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void answer_isAllUntilTheOtherSideCloses() throws IOException {
    serve(
        caller -> {
          String question = read(caller);
          write(caller, "you said ");
          Thread.sleep(50);
          write(caller, question);
        });
    assertThat(socket.send("show")).isEqualTo("you said show\n");
  }

  @Test
  void silence_endsAfterTheTime() {
    serve(caller -> Thread.sleep(5_000));
    assertThatThrownBy(() -> socket.send("show")).hasMessageContaining("no answer within 300 ms");
  }

  @Test
  void trickle_endsAfterTheTimeToo() {
    serve(
        caller -> {
          while (true) {
            write(caller, "x");
            Thread.sleep(10);
          }
        });
    assertThatThrownBy(() -> socket.send("show")).hasMessageContaining("no answer within 300 ms");
  }

  @Test
  void flood_isCutOff() {
    serve(
        caller -> {
          while (true) {
            write(caller, "x".repeat(100_000));
          }
        });
    assertThatThrownBy(() -> socket.send("show")).hasMessageContaining("more than 1048576 bytes");
  }

  @Test
  void nobodyThere_isAnError() throws IOException {
    server.close();
    assertThatThrownBy(() -> socket.send("show")).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> new RuntimeSocket("admin.sock", Duration.ofSeconds(1)))
        .hasMessageContaining("expected the path of a socket, or host:port");
  }
}
