package io.pharos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Servers that answer rubbish, and the descriptors of this process.
class RenewedClientTest {
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
  private static final int REQUESTS = 400;

  /// Says the same to everybody, then waits for them to go.
  private static final class Rubbish implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

    Rubbish(String answer) throws IOException {
      Thread.ofVirtual().start(() -> serve(answer));
    }

    private void serve(String answer) {
      try {
        while (true) {
          Socket socket = server.accept();
          Thread.ofVirtual().start(() -> say(socket, answer));
        }
      } catch (IOException _) {
        // Closed.
      }
    }

    private static void say(Socket socket, String answer) {
      try (socket) {
        socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
        socket.shutdownOutput();
        socket.setSoTimeout(500);
        while (socket.getInputStream().read() >= 0) {
          // Until the client closes.
        }
      } catch (IOException _) {
        // It may go as it likes.
      }
    }

    HttpRequest request() {
      return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.getLocalPort()))
          .build();
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }

  private static HttpClient make() {
    return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> all = Files.list(DESCRIPTORS)) {
      return all.count();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SSH-2.0-OpenSSH_9.6\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n",
        "\r\n\r\n",
        "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      })
  void sendAsync_rubbish_losesFewDescriptors(String answer) throws Exception {
    assumeTrue(Files.isDirectory(DESCRIPTORS), "needs /proc");
    try (var rubbish = new Rubbish(answer);
        var client = RenewedClient.of(RenewedClientTest::make)) {
      long before = descriptors();
      for (int i = 0; i < REQUESTS; i++) {
        assertThatThrownBy(
                () ->
                    client
                        .sendAsync(rubbish.request(), HttpResponse.BodyHandlers.ofString())
                        .get(10, TimeUnit.SECONDS))
            .isInstanceOf(ExecutionException.class);
      }
      // Clients that were shut down end on threads of their own.
      long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
      while (descriptors() > before + 50 && System.nanoTime() < deadline) {
        Thread.sleep(20);
      }
      assertThat(descriptors()).isLessThanOrEqualTo(before + 50);
    }
  }

  @Test
  void sendAsync_noNewClientToBeHad_goesOnWithTheOld() throws Exception {
    var made = new int[1];
    try (var rubbish = new Rubbish("\r\n\r\n");
        var client =
            RenewedClient.of(
                () -> {
                  if (made[0]++ > 0) {
                    throw new UncheckedIOException(new IOException("Too many open files"));
                  }
                  return make();
                })) {
      for (int i = 0; i < 2 * RenewedClient.MAX_LEAKED; i++) {
        assertThatThrownBy(
                () ->
                    client
                        .sendAsync(rubbish.request(), HttpResponse.BodyHandlers.ofString())
                        .get(10, TimeUnit.SECONDS))
            .isInstanceOf(ExecutionException.class)
            .hasMessageContaining("Invalid status line");
      }
      assertThat(made[0]).isGreaterThan(1);
    }
  }
}
