package io.pharos.e2e;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// Somebody's backend whose metrics have names that no library uses, with a hundred requests per
/// second. Another release replaces it in place. Its API answers `{"code": 0}`.
final class OrdersBackend implements AutoCloseable {
  private static final double[] BOUNDS = {0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5};
  private static final int TICK_MILLIS = 50;
  private static final int REQUESTS_PER_TICK = 5;
  private static final double MEAN_SECONDS = 0.03;

  /* The fractional parts of its multiples are spread evenly, so that the counts need no chance. */
  private static final double GOLDEN = 0.6180339887498949;

  /// A release of the backend.
  ///
  /// @param errors the fraction of requests that are answered 500
  /// @param slowness the factor of the usual times
  /// @param code the code in each answer of the API
  record Release(String version, double errors, double slowness, int code) {}

  private final int port;
  private final ScheduledExecutorService users = Executors.newSingleThreadScheduledExecutor();
  private final long[] slower = new long[BOUNDS.length + 1];
  private HttpServer server;
  private Release release;
  private Instant startedAt = Instant.EPOCH;
  private long requests;
  private long failed;

  OrdersBackend(int port, Release first) throws IOException {
    this.port = port;
    listen(first);
    users.scheduleAtFixedRate(this::serve, 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /// Replaces the running release by another one, whose counters begin at zero.
  synchronized void deploy(Release next) throws IOException {
    server.stop(0);
    listen(next);
  }

  private void listen(Release next) throws IOException {
    release = next;
    startedAt = Instant.now();
    requests = 0;
    failed = 0;
    Arrays.fill(slower, 0);
    server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.createContext(
        "/metrics", exchange -> answer(exchange, "text/plain; version=0.0.4", page()));
    server.createContext(
        "/api/status",
        exchange ->
            answer(
                exchange,
                "application/json",
                "{\"code\": %d, \"msg\": \"...\"}".formatted(next.code())));
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
  }

  private synchronized void serve() {
    for (int i = 0; i < REQUESTS_PER_TICK; i++) {
      requests++;
      failed = (long) (requests * release.errors());
      double spread = requests * GOLDEN % 1;
      double seconds = -Math.log(1 - spread) * MEAN_SECONDS * release.slowness();
      int bucket = 0;
      while (bucket < BOUNDS.length && seconds > BOUNDS[bucket]) {
        bucket++;
      }
      slower[bucket]++;
    }
  }

  private synchronized String page() {
    var text = new StringBuilder();
    text.append("# TYPE orders_build_info gauge\n");
    text.append("orders_build_info{version=\"%s\"} 1\n".formatted(release.version()));
    text.append("# TYPE process_start_time_seconds gauge\n");
    text.append("process_start_time_seconds %d\n".formatted(startedAt.getEpochSecond()));
    text.append("# TYPE orders_http_requests_total counter\n");
    text.append("orders_http_requests_total{code=\"200\"} %d\n".formatted(requests - failed));
    text.append("orders_http_requests_total{code=\"500\"} %d\n".formatted(failed));
    text.append("# TYPE orders_http_request_seconds histogram\n");
    long sum = 0;
    for (int i = 0; i <= BOUNDS.length; i++) {
      sum += slower[i];
      String le = i < BOUNDS.length ? String.valueOf(BOUNDS[i]) : "+Inf";
      text.append("orders_http_request_seconds_bucket{le=\"%s\"} %d\n".formatted(le, sum));
    }
    text.append("orders_http_request_seconds_count %d\n".formatted(sum));
    return text.toString();
  }

  private static void answer(HttpExchange exchange, String type, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
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
