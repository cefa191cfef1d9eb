package io.pharos.ingest.scrape;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.GZIPOutputStream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// A target over real HTTP, controlled by the test.
final class FakeTarget implements AutoCloseable {
  static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";

  private final HttpServer server;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch released = new CountDownLatch(1);
  final List<Headers> requests = new CopyOnWriteArrayList<>();
  final List<String> paths = new CopyOnWriteArrayList<>();
  volatile String body = "up_metric 1\n";
  volatile String contentType = TEXT;
  volatile int status = 200;
  volatile boolean hang;
  volatile boolean breaksOff;
  volatile boolean gzip;
  volatile @Nullable String location;

  FakeTarget() throws IOException {
    this(HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0));
  }

  static FakeTarget secure(SSLContext context) throws IOException {
    HttpsServer server = HttpsServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    return new FakeTarget(server);
  }

  private FakeTarget(HttpServer server) {
    this.server = server;
    server.createContext("/", this::answer);
    server.setExecutor(executor);
    server.start();
  }

  String address() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      requests.add(exchange.getRequestHeaders());
      paths.add(exchange.getRequestURI().toString());
      if (hang) {
        released.await();
      }
      if (location != null && !exchange.getRequestURI().getPath().equals("/moved")) {
        exchange.getResponseHeaders().set("Location", location);
        exchange.sendResponseHeaders(302, -1);
        return;
      }
      byte[] bytes = body.getBytes(UTF_8);
      if (!contentType.isEmpty()) {
        exchange.getResponseHeaders().set("Content-Type", contentType);
      }
      if (gzip) {
        var zipped = new ByteArrayOutputStream();
        try (var out = new GZIPOutputStream(zipped)) {
          out.write(bytes);
        }
        bytes = zipped.toByteArray();
        exchange.getResponseHeaders().set("Content-Encoding", "gzip");
      }
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes, 0, breaksOff ? bytes.length / 2 : bytes.length);
      exchange.getResponseBody().flush();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void close() {
    released.countDown();
    server.stop(0);
    executor.shutdownNow();
  }
}
