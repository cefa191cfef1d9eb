package io.pharos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ExchangeTest {
  private final HttpClient client = HttpClient.newHttpClient();
  private final CountDownLatch release = new CountDownLatch(1);
  private HttpServer server;

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 4);
          exchange.getResponseBody().write("do".getBytes());
          exchange.getResponseBody().flush();
          try {
            release.await();
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
          exchange.getResponseBody().write("ne".getBytes());
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    release.countDown();
    server.stop(0);
    client.shutdownNow();
  }

  private String send(Duration timeout) throws IOException, InterruptedException {
    var uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    return Exchange.send(
            client, HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString(), timeout)
        .body();
  }

  @Test
  void send_serverThatHangsBehindTheHeaders_endsInTime() {
    assertThatThrownBy(() -> send(Duration.ofMillis(200)))
        .isInstanceOf(HttpTimeoutException.class)
        .hasMessageContaining("PT0.2S");
  }

  @Test
  void send_wholeAnswer_isGiven() throws Exception {
    release.countDown();
    assertThat(send(Duration.ofSeconds(10))).isEqualTo("done");
  }

  @Test
  void send_serverThatIsGone_isAnIoException() {
    server.stop(0);
    assertThatThrownBy(() -> send(Duration.ofSeconds(10))).isInstanceOf(IOException.class);
  }
}
