package io.pharos.callback;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Grafana's annotation API like the real one: each POST creates an annotation, PATCH changes one,
/// GET finds those with all tags.
public final class FakeGrafana implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpServer server;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final List<ObjectNode> annotations = new ArrayList<>();
  private final List<String> calls = new ArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private String token;
  private int nextId = 1;
  private int status;
  private boolean swallows;
  private long delayMillis;

  public FakeGrafana(int port, String token) throws IOException {
    this.token = token;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.setExecutor(executor);
    server.createContext("/", this::handle);
    server.start();
  }

  public String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  public int port() {
    return server.getAddress().getPort();
  }

  /// Answers every request with a status; 0 works normally.
  public synchronized FakeGrafana failing(int code) {
    status = code;
    return this;
  }

  /// Executes the next request but drops the connection instead of answering.
  public synchronized FakeGrafana swallowing() {
    swallows = true;
    return this;
  }

  public synchronized FakeGrafana slow(long millis) {
    delayMillis = millis;
    return this;
  }

  public synchronized FakeGrafana withToken(String other) {
    token = other;
    return this;
  }

  /// Forgets all annotations, like after a loss of the database.
  public synchronized void forget() {
    annotations.clear();
  }

  public synchronized List<JsonNode> annotations() {
    return List.copyOf(annotations);
  }

  public synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      long wait;
      synchronized (this) {
        wait = delayMillis;
      }
      if (wait > 0 && closed.await(wait, TimeUnit.MILLISECONDS)) {
        return;
      }
      answer(exchange, body);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void answer(HttpExchange exchange, String body) throws IOException {
    String method = exchange.getRequestMethod();
    String path = exchange.getRequestURI().getPath();
    calls.add(method + " " + path);
    if (status != 0) {
      reply(exchange, status, "{\"message\":\"" + status + "\"}");
      return;
    }
    String shown = exchange.getRequestHeaders().getFirst("Authorization");
    if (!("Bearer " + token).equals(shown)) {
      reply(exchange, 401, "{\"message\":\"Invalid API key " + shown + "\"}");
      return;
    }
    String answer =
        switch (method) {
          case "GET" -> find(exchange);
          case "POST" -> post(body);
          case "PATCH" -> patch(path, body);
          default -> null;
        };
    if (swallows && !method.equals("GET")) {
      swallows = false;
      return; // closed without a byte
    }
    if (answer == null) {
      reply(exchange, 404, "{\"message\":\"Annotation not found\"}");
    } else {
      reply(exchange, 200, answer);
    }
  }

  private String find(HttpExchange exchange) {
    Set<String> tags = new HashSet<>();
    for (String part : exchange.getRequestURI().getRawQuery().split("&")) {
      if (part.startsWith("tags=")) {
        tags.add(URLDecoder.decode(part.substring(5), StandardCharsets.UTF_8));
      }
    }
    var found = JSON.createArrayNode();
    for (ObjectNode one : annotations) {
      var has = new HashSet<String>();
      one.path("tags").forEach(tag -> has.add(tag.asText()));
      if (has.containsAll(tags)) {
        found.add(one);
      }
    }
    return found.toString();
  }

  private String post(String body) throws IOException {
    ObjectNode one = (ObjectNode) JSON.readTree(body);
    one.put("id", nextId++);
    annotations.add(one);
    return "{\"message\":\"Annotation added\",\"id\":" + one.path("id") + "}";
  }

  private @Nullable String patch(String path, String body) throws IOException {
    int id = Integer.parseInt(path.substring(path.lastIndexOf('/') + 1));
    for (ObjectNode one : annotations) {
      if (one.path("id").asInt() == id) {
        one.setAll((ObjectNode) JSON.readTree(body));
        return "{\"message\":\"Annotation patched\"}";
      }
    }
    return null;
  }

  private static void reply(HttpExchange exchange, int code, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(code, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    executor.close();
  }
}
