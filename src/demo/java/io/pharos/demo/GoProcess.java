package io.pharos.demo;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/// The metrics of client_golang's default registry for a Go process, simulated from the traffic.
///
/// @param started when the process started
record GoProcess(Instant started) {
  private static final double MEBIBYTE = 1 << 20;
  private static final String[] QUANTILES = {"0", "0.25", "0.5", "0.75", "1"};

  /// Writes the metrics after some uptime and requests.
  ///
  /// @param openStreams open streams of server-sent events
  /// @param scrapes the number of scrapes so far
  void writeTo(MetricPage page, double upSeconds, long requests, int openStreams, long scrapes) {
    double cycles = Math.floor(upSeconds / 40) + 1;
    double heap = (18 + 9 * Math.abs(Math.sin(upSeconds / 40))) * MEBIBYTE;
    page.family(
        "go_gc_duration_seconds",
        "summary",
        "A summary of the pause durations in garbage collection cycles.");
    for (int i = 0; i < QUANTILES.length; i++) {
      var labels = new LinkedHashMap<String, String>();
      labels.put("quantile", QUANTILES[i]);
      page.sample("go_gc_duration_seconds", labels, 4.1e-05 * (i + 1));
    }
    page.sample("go_gc_duration_seconds_sum", 0.00012 * cycles);
    page.sample("go_gc_duration_seconds_count", cycles);
    gauge(
        page, "go_goroutines", "Number of goroutines that currently exist.", 42 + 2 * openStreams);
    page.family("go_info", "gauge", "Information about the Go environment.")
        .sample("go_info", Map.of("version", "go1.25.0"), 1);
    gauge(
        page,
        "go_memstats_alloc_bytes",
        "Number of bytes allocated in heap and currently in use.",
        heap);
    counter(
        page,
        "go_memstats_alloc_bytes_total",
        "Total number of bytes allocated in heap until now.",
        heap + 21_000.0 * requests);
    gauge(
        page, "go_memstats_heap_inuse_bytes", "Number of heap bytes that are in use.", heap * 1.2);
    gauge(
        page,
        "go_memstats_heap_sys_bytes",
        "Number of heap bytes obtained from system.",
        48 * MEBIBYTE);
    gauge(page, "go_memstats_sys_bytes", "Number of bytes obtained from system.", 64 * MEBIBYTE);
    gauge(page, "go_threads", "Number of OS threads created.", 11);
    counter(
        page,
        "process_cpu_seconds_total",
        "Total user and system CPU time spent in seconds.",
        0.4 + 0.00035 * requests + 0.004 * upSeconds);
    gauge(page, "process_max_fds", "Maximum number of open file descriptors.", 1_048_576);
    gauge(page, "process_open_fds", "Number of open file descriptors.", 31 + openStreams);
    gauge(
        page,
        "process_resident_memory_bytes",
        "Resident memory size in bytes.",
        heap + 41 * MEBIBYTE);
    gauge(
        page,
        "process_start_time_seconds",
        "Start time of the process since unix epoch in seconds.",
        started.toEpochMilli() / 1000.0);
    gauge(page, "process_virtual_memory_bytes", "Virtual memory size in bytes.", 1.27e9);
    gauge(
        page,
        "promhttp_metric_handler_requests_in_flight",
        "Current number of scrapes being served.",
        1);
    page.family(
        "promhttp_metric_handler_requests_total",
        "counter",
        "Total number of scrapes by HTTP status code.");
    for (String code : new String[] {"200", "500", "503"}) {
      page.sample(
          "promhttp_metric_handler_requests_total",
          Map.of("code", code),
          code.equals("200") ? (double) scrapes : 0);
    }
  }

  private static void gauge(MetricPage page, String name, String help, double value) {
    page.family(name, "gauge", help).sample(name, value);
  }

  private static void counter(MetricPage page, String name, String help, double value) {
    page.family(name, "counter", help).sample(name, value);
  }
}
