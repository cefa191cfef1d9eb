package io.pharos.logs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/// Loki's push endpoint, which can fail.
final class LokiStub implements AutoCloseable {
  /// A line that arrived.
  record Pushed(JsonNode labels, String line, JsonNode metadata) {}

  private static final int HANG = -1;

  private final HttpServer server;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final List<Pushed> lines = new ArrayList<>();
  private int status = 204;
  private int pushes;

  LokiStub() throws IOException {
    this(0);
  }

  LokiStub(int port) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/loki/api/v1/push", this::push);
    server.start();
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  int port() {
    return server.getAddress().getPort();
  }

  synchronized void answer(int newStatus) {
    status = newStatus;
  }

  void hang() {
    answer(HANG);
  }

  synchronized int pushes() {
    return pushes;
  }

  synchronized List<Pushed> lines() {
    return List.copyOf(lines);
  }

  private void push(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    int answer = accept(exchange, body);
    if (answer == HANG) {
      try {
        closed.await();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
      exchange.close();
      return;
    }
    exchange.sendResponseHeaders(answer, -1);
    exchange.close();
  }

  private synchronized int accept(HttpExchange exchange, byte[] body) throws IOException {
    pushes++;
    if (status == 204) {
      for (JsonNode stream : new ObjectMapper().readTree(body).path("streams")) {
        for (JsonNode value : stream.path("values")) {
          lines.add(new Pushed(stream.path("stream"), value.path(1).asText(), value.path(2)));
        }
      }
    }
    return status;
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
  }
}
