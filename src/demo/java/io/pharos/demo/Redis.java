package io.pharos.demo;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/// The Redis of the backend in the format of redis_exporter.
///
/// @param started when the counters started at zero
record Redis(Instant started) {
  private static final double MEBIBYTE = 1 << 20;

  /// The page of `/redis/metrics`. While Redis is unreachable, it has only `redis_up` and the
  /// exporter's own metrics.
  String page(Instant now, boolean reachable) {
    var page = new MetricPage();
    double up = Duration.between(started, now).toMillis() / 1000.0;
    gauge(
        page,
        "redis_exporter_last_scrape_error",
        "The last scrape error status.",
        reachable ? 0 : 1);
    counter(page, "redis_exporter_scrapes_total", "Current total redis scrapes.", up / 10);
    gauge(page, "redis_up", "Information about the Redis instance", reachable ? 1 : 0);
    if (reachable) {
      counter(page, "redis_commands_processed_total", "commands_processed_total metric", 61 * up);
      gauge(page, "redis_connected_clients", "connected_clients metric", 23);
      page.family("redis_db_keys", "gauge", "Total number of keys by DB")
          .sample("redis_db_keys", Map.of("db", "db0"), 1842);
      counter(page, "redis_evicted_keys_total", "evicted_keys_total metric", 0);
      counter(page, "redis_keyspace_hits_total", "keyspace_hits_total metric", 38 * up);
      counter(page, "redis_keyspace_misses_total", "keyspace_misses_total metric", 2 * up);
      gauge(page, "redis_memory_max_bytes", "memory_max_bytes metric", 4096 * MEBIBYTE);
      gauge(
          page,
          "redis_memory_used_bytes",
          "memory_used_bytes metric",
          Math.rint((610 + 40 * Math.sin(now.getEpochSecond() / 1200.0)) * MEBIBYTE));
      counter(page, "redis_rejected_connections_total", "rejected_connections_total metric", 0);
      gauge(page, "redis_uptime_in_seconds", "uptime_in_seconds metric", Math.rint(up));
    }
    return page.toString();
  }

  private static void gauge(MetricPage page, String name, String help, double value) {
    page.family(name, "gauge", help).sample(name, value);
  }

  private static void counter(MetricPage page, String name, String help, double value) {
    page.family(name, "counter", help).sample(name, Math.rint(value));
  }
}
