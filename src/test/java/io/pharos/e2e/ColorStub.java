package io.pharos.e2e;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pharos.scripts.HaproxyRig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// One colour of a stub of RemoteGPU: it answers users with a given behaviour, and shows metrics of
/// its own that need not be true.
final class ColorStub {
  /// How it answers; a new one is a healthy backend. Fractions are of all requests.
  static final class Behaviour {
    double status500;
    double status401;
    double status404;
    double unanswered;
    double slowShare = 0.03;
    long slowMillis = 80;
    long usualMillis = 4;
    boolean rareRouteBroken;

    /// Whether its metrics count every answer as a quick 200.
    boolean lies;

    /// Resident bytes per second.
    double leak;

    String version = "";

    /// What becomes of the metrics page: `frozen`, `absent`, `half`, `hanging`, or empty.
    String page = "";

    /// Offset of explicit timestamps of the metrics, in seconds; 0 for none.
    long stamped;

    /// Whether its counters begin again every 20 s.
    boolean resets;
  }

  private static final long[] BOUNDS = {5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000};

  final int port;
  private final Random random;
  private final Map<String, AtomicLong> counters = new ConcurrentSkipListMap<>();
  private volatile Behaviour how = new Behaviour();
  private volatile String version = "";
  private volatile String frozen = "";
  private volatile long startedMillis;
  private HttpServer server;

  ColorStub(int port) {
    this.port = port;
    random = new Random(port);
  }

  void behave(Behaviour behaviour) {
    how = behaviour;
  }

  /// Starts a process of a version: its counters begin at zero.
  synchronized void start(String newVersion, Behaviour behaviour) throws IOException {
    stop();
    version = newVersion;
    how = behaviour;
    counters.clear();
    frozen = "";
    startedMillis = System.currentTimeMillis();
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext("/metrics", this::metrics);
    server.createContext(
        "/api/v1/health", exchange -> HaproxyRig.answer(exchange, 200, "{\"status\":\"ok\"}"));
    server.createContext("/", this::work);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
  }

  synchronized void stop() {
    if (server != null) {
      server.stop(0);
      server = null;
    }
  }

  synchronized boolean isUp() {
    return server != null;
  }

  private void count(String series, long number) {
    counters.computeIfAbsent(series, _ -> new AtomicLong()).addAndGet(number);
  }

  private void work(HttpExchange exchange) throws IOException {
    Behaviour now = how;
    String path = exchange.getRequestURI().getPath();
    double draw = random.nextDouble();
    boolean slow = random.nextDouble() < now.slowShare;
    long millis = slow ? now.slowMillis : now.usualMillis;
    int status = 200;
    if (now.rareRouteBroken && path.equals(LiarRig.RARE)) {
      status = 500;
    } else if ((draw -= now.status500) < 0) {
      status = 500;
    } else if ((draw -= now.status401) < 0) {
      status = 401;
    } else if ((draw -= now.status404) < 0) {
      status = 404;
    } else if (draw - now.unanswered < 0) {
      pause(20_000); // the client leaves before
      exchange.close();
      return;
    }
    pause(millis);
    String shown = now.lies ? "200" : String.valueOf(status);
    count("http_requests_total{method=\"GET\",path=\"" + path + "\",status=\"" + shown + "\"}", 1);
    String histogram = "http_request_duration_seconds";
    for (long bound : BOUNDS) {
      if ((now.lies ? 1 : millis) <= bound) {
        count(histogram + "_bucket{path=\"" + path + "\",le=\"" + bound / 1000.0 + "\"}", 1);
      }
    }
    count(histogram + "_bucket{path=\"" + path + "\",le=\"+Inf\"}", 1);
    count(histogram + "_count{path=\"" + path + "\"}", 1);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    HaproxyRig.answer(exchange, status, status == 200 ? "{\"code\":0,\"data\":{}}" : "{}");
  }

  private static void pause(long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void metrics(HttpExchange exchange) throws IOException {
    Behaviour now = how;
    exchange.getResponseHeaders().add("Content-Type", "text/plain; version=0.0.4");
    switch (now.page) {
      case "absent" -> HaproxyRig.answer(exchange, 404, "not found\n");
      case "hanging" -> pause(60_000);
      case "half" -> {
        byte[] page = page(now).getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, page.length);
        exchange.getResponseBody().write(page, 0, page.length / 2);
        exchange.getResponseBody().flush();
        exchange.close();
      }
      case "frozen" -> {
        frozen = frozen.isEmpty() ? page(now) : frozen;
        HaproxyRig.answer(exchange, 200, frozen);
      }
      default -> HaproxyRig.answer(exchange, 200, page(now));
    }
  }

  private String page(Behaviour now) {
    long age = System.currentTimeMillis() - startedMillis;
    if (now.resets && age / 20_000 > counters.getOrDefault("epoch", new AtomicLong()).get()) {
      counters.clear();
      count("epoch", age / 20_000);
    }
    String end = now.stamped == 0 ? "" : " " + (System.currentTimeMillis() + now.stamped * 1000);
    var page = new StringBuilder();
    String shown = now.version.isEmpty() ? version : now.version;
    page.append("remotegpu_build_info{version=\"" + shown + "\"} 1" + end + "\n");
    page.append("process_start_time_seconds " + startedMillis / 1000.0 + end + "\n");
    double resident = 300e6 + now.leak * age / 1000;
    page.append("process_resident_memory_bytes " + resident + end + "\n");
    counters.forEach((series, value) -> page.append(series + " " + value + end + "\n"));
    return page.toString();
  }
}
