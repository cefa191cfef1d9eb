package io.pharos.oncall.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// The HTTP side of a chat service. It can fail, delay, and answer nonsense.
abstract class HttpStandIn implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();

  /// A request.
  ///
  /// @param name method and path, such as `POST /open-apis/im/v1/messages`
  record Request(String name, String query, Headers headers, JsonNode body) {}

  /// An answer.
  record Answer(int status, String body) {
    static Answer ok(String body) {
      return new Answer(200, body);
    }
  }

  private record Failure(String name, int status, String body, Map<String, String> headers) {}

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Queue<Failure> failures = new ConcurrentLinkedQueue<>();
  private final List<String> calls = new CopyOnWriteArrayList<>();

  /// Delay of every answer.
  volatile Duration delay = Duration.ZERO;

  HttpStandIn() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  final String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /// Answers the next request whose name begins so in another way.
  final void fail(String name, int status, String body, Map<String, String> headers) {
    failures.add(new Failure(name, status, body, headers));
  }

  /// Number of requests whose names begin so.
  final long count(String name) {
    return calls.stream().filter(it -> it.startsWith(name)).count();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      var request =
          new Request(
              exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath(),
              String.valueOf(exchange.getRequestURI().getQuery()),
              exchange.getRequestHeaders(),
              JSON.readTree(body));
      calls.add(request.name());
      ChatRig.pause(delay);
      Failure failure =
          failures.stream()
              .filter(it -> request.name().startsWith(it.name()))
              .findFirst()
              .orElse(null);
      if (failure != null && failures.remove(failure)) {
        failure.headers().forEach((key, value) -> exchange.getResponseHeaders().add(key, value));
        answer(exchange, new Answer(failure.status(), failure.body()));
        return;
      }
      answer(exchange, act(request));
    }
  }

  /// Acts on a request, one at a time.
  abstract Answer act(Request request) throws IOException;

  private static void answer(HttpExchange exchange, Answer answer) throws IOException {
    byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json; charset=utf-8");
    exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() throws IOException {
    server.stop(0);
    threads.shutdownNow();
  }
}
