package io.pharos.demo;

import static java.util.Map.entry;

import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/// Counts requests like RemoteGPU's middleware, by status, which is 200 for nearly all.
/// Thread-safe.
final class RequestLedger {
  /// The default buckets of client_golang, in seconds.
  static final double[] BUCKETS = {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};

  /// The path label of a request without a route.
  static final String UNKNOWN = "unknown";

  private record RequestKey(String method, String path, int status) {}

  private record DurationKey(String method, String path) {}

  private static final class Durations {
    private final long[] buckets = new long[BUCKETS.length + 1];
    private double sum;

    void add(double seconds) {
      int found = Arrays.binarySearch(BUCKETS, seconds);
      buckets[found >= 0 ? found : -found - 1]++;
      sum += seconds;
    }
  }

  private final Map<RequestKey, long[]> requests =
      new TreeMap<>(
          Comparator.comparing(RequestKey::method)
              .thenComparing(RequestKey::path)
              .thenComparingInt(RequestKey::status));
  private final Map<DurationKey, Durations> durations =
      new TreeMap<>(Comparator.comparing(DurationKey::method).thenComparing(DurationKey::path));

  /// Counts a finished request.
  ///
  /// @param path the route's template, or [#UNKNOWN]
  synchronized void add(String method, String path, int status, double seconds) {
    requests.computeIfAbsent(new RequestKey(method, path, status), _ -> new long[1])[0]++;
    durations.computeIfAbsent(new DurationKey(method, path), _ -> new Durations()).add(seconds);
  }

  /// Writes the backend's request metrics.
  synchronized void writeTo(MetricPage page) {
    page.family("http_request_duration_seconds", "histogram", "HTTP request duration in seconds");
    durations.forEach(
        (key, value) -> {
          var labels = new LinkedHashMap<String, String>();
          labels.put("method", key.method());
          labels.put("path", key.path());
          var withBound = new LinkedHashMap<>(labels);
          double below = 0;
          for (int i = 0; i < value.buckets.length; i++) {
            below += value.buckets[i];
            withBound.put("le", i == BUCKETS.length ? "+Inf" : MetricPage.number(BUCKETS[i]));
            page.sample("http_request_duration_seconds_bucket", withBound, below);
          }
          page.sample("http_request_duration_seconds_sum", labels, value.sum);
          page.sample("http_request_duration_seconds_count", labels, below);
        });
    page.family("http_requests_total", "counter", "Total number of HTTP requests");
    requests.forEach(
        (key, count) ->
            page.sample(
                "http_requests_total",
                new TreeMap<>(
                    Map.ofEntries(
                        entry("method", key.method()),
                        entry("path", key.path()),
                        entry("status", Integer.toString(key.status())))),
                (double) count[0]));
  }
}
