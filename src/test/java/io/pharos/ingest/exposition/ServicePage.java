package io.pharos.ingest.exposition;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Pages of a backend with a histogram of its routes, beside the exporters of its machine: two
/// thirds are buckets and counters that grow slowly, a tenth never changes, the rest goes up and
/// down. A page depends only on the numbers of target and scrape.
public final class ServicePage {
  private static final String[] ROUTES = {
    "users",
    "orders",
    "carts",
    "payments",
    "sessions",
    "events",
    "reports",
    "models",
    "runs",
    "keys"
  };
  private static final String[] ACTIONS = {"", "/{id}", "/search", "/batch", "/export"};
  private static final String[] METHODS = {"GET", "POST"};
  private static final String[] STATUSES = {"200", "404", "500", "503"};
  private static final int[] GROWTHS = {200, 10, 1, 0};
  private static final String[] BOUNDS = {
    "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"
  };
  private static final String[] CPU_MODES = {"idle", "iowait", "softirq", "system", "user"};
  private static final int SERIES_OF_A_ROUTE = 36;

  private sealed interface Value {
    record Constant(String text) implements Value {}

    /// The number of observations so far below a bound.
    record Bucket(int seed, int growth, double share) implements Value {}

    record Sum(int seed, int growth) implements Value {}

    record Counter(int seed, int growth) implements Value {}

    record Gauge(int seed, long middle, long swing) implements Value {}

    record Seconds(int seed, double rate) implements Value {}
  }

  /// @param text everything before the value, including comments above it
  private record Line(String text, Value value) {}

  private final List<Line> lines = new ArrayList<>();
  private final int target;
  private String comments = "";

  /// @param target number of the target
  /// @param series number of lines with a value
  public ServicePage(int target, int series) {
    this.target = target;
    int routes = Math.min(ROUTES.length * ACTIONS.length, series * 4 / 5 / SERIES_OF_A_ROUTE);
    requests(routes);
    durations(routes);
    machine();
    comments("app_queue_depth", "gauge");
    for (int i = 0; lines.size() < series; i++) {
      int seed = seed();
      add(
          "app_queue_depth{queue=\"q-%03d\",shard=\"%d\"}".formatted(i / 4, i % 4),
          new Value.Gauge(seed, 40, 30));
    }
    lines.subList(series, lines.size()).clear();
  }

  private void requests(int routes) {
    comments("http_requests_total", "counter");
    for (int route = 0; route < routes; route++) {
      for (String method : METHODS) {
        for (int i = 0; i < STATUSES.length; i++) {
          add(
              "http_requests_total{method=\"%s\",path=\"%s\",status=\"%s\"}"
                  .formatted(method, path(route), STATUSES[i]),
              new Value.Counter(seed(), GROWTHS[i]));
        }
      }
    }
  }

  private void durations(int routes) {
    comments("http_request_duration_seconds", "histogram");
    for (int route = 0; route < routes; route++) {
      for (String method : METHODS) {
        String labels = "method=\"%s\",path=\"%s\"".formatted(method, path(route));
        int growth = method.equals("GET") ? 200 : 10;
        int seed = seed();
        for (int i = 0; i < BOUNDS.length; i++) {
          double share = 1 - Math.pow(0.5, i + 1.0);
          add(
              "http_request_duration_seconds_bucket{%s,le=\"%s\"}".formatted(labels, BOUNDS[i]),
              i == BOUNDS.length - 1
                  ? new Value.Counter(seed, growth)
                  : new Value.Bucket(seed, growth, share));
        }
        add("http_request_duration_seconds_sum{" + labels + "}", new Value.Sum(seed, growth));
        add("http_request_duration_seconds_count{" + labels + "}", new Value.Counter(seed, growth));
      }
    }
  }

  private void machine() {
    comments("app_build_info", "gauge");
    add("app_build_info{version=\"v1.%d.0\"}".formatted(target % 5), new Value.Constant("1"));
    comments("process_start_time_seconds", "gauge");
    add("process_start_time_seconds", new Value.Constant("1.79555e+09"));
    comments("process_resident_memory_bytes", "gauge");
    add("process_resident_memory_bytes", new Value.Gauge(seed(), 210_000_000, 9_000_000));
    comments("node_cpu_seconds_total", "counter");
    for (int cpu = 0; cpu < 8; cpu++) {
      for (String mode : CPU_MODES) {
        add(
            "node_cpu_seconds_total{cpu=\"%d\",mode=\"%s\"}".formatted(cpu, mode),
            new Value.Seconds(seed(), mode.equals("idle") ? 9.2 : 0.31));
      }
    }
    comments("node_network_receive_bytes_total", "counter");
    for (String device : new String[] {"eth0", "eth1", "ib0", "ib1"}) {
      add(
          "node_network_receive_bytes_total{device=\"" + device + "\"}",
          new Value.Counter(seed(), 30_000_000));
    }
    comments("DCGM_FI_DEV_GPU_TEMP", "gauge");
    for (int gpu = 0; gpu < 8; gpu++) {
      add(
          "DCGM_FI_DEV_GPU_TEMP{gpu=\"%d\",device=\"nvidia%d\",Hostname=\"gpu-node-%03d\"}"
              .formatted(gpu, gpu, target),
          new Value.Gauge(seed(), 61, 8));
    }
  }

  private static String path(int route) {
    return "/api/v1/" + ROUTES[route % ROUTES.length] + ACTIONS[route / ROUTES.length];
  }

  private void comments(String name, String type) {
    comments = "# HELP %s %s.\n# TYPE %s %s\n".formatted(name, name.replace('_', ' '), name, type);
  }

  private void add(String text, Value value) {
    lines.add(new Line(comments + text + " ", value));
    comments = "";
  }

  private int seed() {
    return mixed(target * 100_003 + lines.size());
  }

  private static int mixed(int seed) {
    int mixed = seed * 0x9E3779B9;
    mixed = (mixed ^ mixed >>> 15) * 0x85EBCA6B;
    return (mixed ^ mixed >>> 13) & 0x7FFF_FFFF;
  }

  /* Never falls, and grows by varying amounts. */
  private static long count(int seed, int growth, int scrape) {
    return growth == 0
        ? seed % 50
        : seed % 1_000_000
            + (long) growth * scrape
            + mixed(seed + scrape) % Math.max(1, growth / 2 + 1);
  }

  private static void write(StringBuilder page, Value value, int scrape) {
    switch (value) {
      case Value.Constant(String text) -> page.append(text);
      case Value.Counter(int seed, int growth) -> page.append(count(seed, growth, scrape));
      case Value.Bucket(int seed, int growth, double share) ->
          page.append((long) (share * count(seed, growth, scrape)));
      case Value.Sum(int seed, int growth) ->
          page.append(String.format(Locale.ROOT, "%.6f", 0.0731 * count(seed, growth, scrape)));
      case Value.Gauge(int seed, long middle, long swing) ->
          page.append(middle + (long) (swing * Math.sin(seed + scrape / 7.0)));
      case Value.Seconds(int seed, double rate) ->
          page.append(String.format(Locale.ROOT, "%.2f", seed % 100_000 + rate * scrape));
    }
  }

  /// The page, as text of version 0.0.4.
  ///
  /// @param scrape number of the scrape, from 0
  public byte[] text(int scrape) {
    var page = new StringBuilder(lines.size() * 90);
    for (Line line : lines) {
      page.append(line.text);
      write(page, line.value, scrape);
      page.append('\n');
    }
    return page.toString().getBytes(StandardCharsets.US_ASCII);
  }
}
