package io.pharos.e2e;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// Somebody's own backend: it answers, counts as Express with prom-client does, and has users who
/// come twenty times a second. Half of their requests fail while it is broken.
final class ShopBackend implements AutoCloseable {
  private final int port;
  private final AtomicLong good = new AtomicLong();
  private final AtomicLong bad = new AtomicLong();
  private final ScheduledExecutorService users = Executors.newSingleThreadScheduledExecutor();
  private HttpServer server;
  private volatile boolean broken;
  private boolean even;

  ShopBackend(int port) throws IOException {
    this.port = port;
    start();
    users.scheduleAtFixedRate(this::request, 0, 50, TimeUnit.MILLISECONDS);
  }

  /// Listens; what was counted before is lost, as with a new process.
  void start() throws IOException {
    good.set(0);
    bad.set(0);
    server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.createContext("/metrics", exchange -> answer(exchange, page()));
    server.createContext("/health", exchange -> answer(exchange, "ok\n"));
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
  }

  /// Ends as if the process had died.
  void stop() {
    server.stop(0);
  }

  void setBroken(boolean nowBroken) {
    broken = nowBroken;
  }

  private void request() {
    even = !even;
    (broken && even ? bad : good).incrementAndGet();
  }

  private String page() {
    var text = new StringBuilder();
    text.append("# HELP up 1 = up, 0 = not up\n# TYPE up gauge\nup 1\n");
    text.append("# TYPE nodejs_eventloop_lag_seconds gauge\nnodejs_eventloop_lag_seconds 0.003\n");
    text.append("# TYPE http_request_duration_seconds histogram\n");
    count(text, "200", good.get());
    if (bad.get() > 0) {
      count(text, "500", bad.get());
    }
    return text.toString();
  }

  private static void count(StringBuilder text, String status, long requests) {
    String labels = "status_code=\"" + status + "\",method=\"GET\",path=\"/cart\"";
    for (String bound : new String[] {"0.3", "1.5", "10", "+Inf"}) {
      text.append(
          "http_request_duration_seconds_bucket{le=\"%s\",%s} %d\n"
              .formatted(bound, labels, requests));
    }
    text.append("http_request_duration_seconds_sum{%s} %s\n".formatted(labels, requests * 0.02));
    text.append("http_request_duration_seconds_count{%s} %d\n".formatted(labels, requests));
  }

  private static void answer(HttpExchange exchange, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  @Override
  public void close() {
    users.shutdownNow();
    server.stop(0);
  }
}
