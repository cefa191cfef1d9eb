package io.pharos.alerting.channel;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// A real HTTP receiver that records requests and sends configured answers, or none.
public final class RecordingReceiver implements AutoCloseable {
  /// A recorded request.
  public record Received(String path, Map<String, List<String>> headers, String body) {
    public String header(String name) {
      return headers.getOrDefault(name, List.of("")).getFirst();
    }
  }

  private record Reply(int status, String body, Map<String, String> headers, boolean hangs) {}

  private final HttpServer server;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final Queue<Reply> replies = new ConcurrentLinkedQueue<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Reply usual = new Reply(200, "ok", Map.of(), false);
  private final List<Received> received = new CopyOnWriteArrayList<>();

  public RecordingReceiver() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(executor);
    server.createContext("/", this::handle);
    server.start();
  }

  public String url(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  public RecordingReceiver answer(int status, String body, String... headers) {
    var map = new java.util.HashMap<String, String>();
    for (int i = 0; i < headers.length; i += 2) {
      map.put(headers[i], headers[i + 1]);
    }
    replies.add(new Reply(status, body, map, false));
    return this;
  }

  /// The default answer.
  public RecordingReceiver byDefault(String body) {
    usual = new Reply(200, body, Map.of("Content-Type", "application/json"), false);
    return this;
  }

  public RecordingReceiver hang() {
    replies.add(new Reply(200, "", Map.of(), true));
    return this;
  }

  public List<Received> received() {
    return received;
  }

  public Received last() {
    return received.getLast();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      received.add(
          new Received(
              exchange.getRequestURI().toString(), Map.copyOf(exchange.getRequestHeaders()), body));
      Reply told = replies.poll();
      Reply reply = told == null ? usual : told;
      reply.headers().forEach(exchange.getResponseHeaders()::set);
      if (reply.hangs()) {
        // Sends headers but no body: the whole exchange needs a deadline.
        exchange.sendResponseHeaders(200, 100);
        closed.await();
        return;
      }
      byte[] bytes = reply.body().getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(reply.status(), bytes.length == 0 ? -1 : bytes.length);
      exchange.getResponseBody().write(bytes);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    executor.close();
  }
}
