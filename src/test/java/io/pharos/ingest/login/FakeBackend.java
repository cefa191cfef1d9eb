package io.pharos.ingest.login;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// A backend that answers everything with HTTP 200 and an envelope: login, refresh tokens that can
/// be used once, and metrics that require the access token.
final class FakeBackend implements AutoCloseable {
  static final String PASSWORD = "correct-horse-7";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpServer server;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final List<String> calls = new ArrayList<>();
  private String access = "";
  private String refresh = "";
  private int issued;
  private long life = 24 * 3600;
  private int code;
  private int status;
  private boolean hangs;
  private boolean refusesAll;
  private boolean keepsRefresh;

  FakeBackend() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(executor);
    server.createContext("/", this::handle);
    server.start();
  }

  String address() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  /// The requests, except those for metrics.
  synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  /// Answers logins and refreshes with this code in an HTTP 200; 0 restores normal answers.
  synchronized void answering(int newCode) {
    code = newCode;
  }

  /// Answers everything with this status; 0 restores normal answers.
  synchronized void failing(int newStatus) {
    status = newStatus;
  }

  synchronized void hanging() {
    hangs = true;
  }

  /// Lifetime of tokens in seconds.
  synchronized void life(long seconds) {
    life = seconds;
  }

  /// Revokes the access token.
  synchronized void revoke() {
    access = "";
  }

  /// Revokes the refresh token.
  synchronized void endSession() {
    refresh = "";
  }

  /// From now on refreshes keep the refresh token, and answers omit it.
  synchronized void keepRefresh() {
    keepsRefresh = true;
  }

  /// Rejects all tokens for metrics, as for a user who is no administrator.
  synchronized void refuseAll() {
    refusesAll = true;
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String path = exchange.getRequestURI().getPath();
      if (path.equals("/metrics")) {
        metrics(exchange);
        return;
      }
      if (noted(path)) {
        closed.await();
      }
      JsonNode asked = JSON.readTree(body);
      respond(exchange, path.endsWith("/login") ? login(asked) : renew(asked));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized boolean noted(String path) {
    calls.add(path.substring(path.lastIndexOf('/') + 1));
    return hangs;
  }

  private synchronized ObjectNode login(JsonNode asked) {
    return code != 0
        ? envelope(code)
        : asked.path("username").asText().equals("monitor")
                && asked.path("password").asText().equals(PASSWORD)
            ? tokens()
            : envelope(1001).put("msg", "wrong password: " + asked.path("password").asText());
  }

  private synchronized ObjectNode renew(JsonNode asked) {
    return code != 0
        ? envelope(code)
        : !refresh.isEmpty() && asked.path("refresh_token").asText().equals(refresh)
            ? tokens()
            : envelope(401);
  }

  private ObjectNode tokens() {
    issued++;
    access = "access-" + issued;
    ObjectNode answer = envelope(0);
    ObjectNode data = answer.putObject("data").put("access_token", access).put("expires_in", life);
    if (!keepsRefresh) {
      refresh = "refresh-" + issued;
      data.put("refresh_token", refresh);
    }
    return answer;
  }

  private static ObjectNode envelope(int code) {
    return JSON.createObjectNode().put("code", code).put("msg", code == 0 ? "success" : "no");
  }

  private void metrics(HttpExchange exchange) throws IOException {
    String shown = exchange.getRequestHeaders().getFirst("Authorization");
    boolean good;
    synchronized (this) {
      good = !refusesAll && !access.isEmpty() && ("Bearer " + access).equals(shown);
    }
    if (!good) {
      respond(exchange, envelope(401));
      return;
    }
    exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
    byte[] page = "machines_online 3\n".getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, page.length);
    exchange.getResponseBody().write(page);
  }

  private void respond(HttpExchange exchange, ObjectNode answer) throws IOException {
    int given;
    synchronized (this) {
      given = status == 0 ? 200 : status;
    }
    exchange.getResponseHeaders().set("Content-Type", "application/json; charset=utf-8");
    byte[] text = JSON.writeValueAsBytes(answer);
    exchange.sendResponseHeaders(given, text.length);
    exchange.getResponseBody().write(text);
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    executor.shutdownNow();
  }
}
