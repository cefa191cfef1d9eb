package io.pharos.server.api.prometheus;

import io.pharos.model.Labels;
import io.pharos.server.api.ApiException;
import io.pharos.server.api.Exempt;
import io.pharos.server.api.Exemption;
import io.pharos.server.api.JsonValue;
import io.pharos.server.api.Parameters;
import io.pharos.server.api.QueryWork;
import io.pharos.server.api.ServiceStatus;
import io.pharos.tsdb.Tsdb.HeadStats;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/// The status endpoints of Prometheus that Grafana and other clients use.
@Path("/api/v1/status")
@RunOnVirtualThread
public class StatusResource {
  private static final int MAX_CARDINALITIES = 10_000;

  private final ServiceStatus status;
  private final InstantSource clock;
  private final QueryWork work;

  StatusResource(ServiceStatus status, InstantSource clock, QueryWork work) {
    this.status = status;
    this.clock = clock;
    this.work = work;
  }

  /// Answers requests to Alertmanager's removed API v1, which had this path.
  @GET
  @Exempt(Exemption.GONE)
  public Response alertmanagers() {
    return AlertmanagerV1.gone();
  }

  /// Returns versions. `version` is the version of Prometheus that this API is compatible with,
  /// because clients depend on it; `revision` is the version of Pharos. The answer has no
  /// `features`: with them, Grafana would take this server for Mimir.
  @GET
  @Path("/buildinfo")
  public Response buildInfo() {
    return PrometheusJson.success(
        JsonValue.object(
            "branch", "",
            "buildDate", "",
            "buildUser", "",
            "goVersion", "",
            "revision", "pharos-" + status.version(),
            "version", "3.5.0"));
  }

  /// Returns the flags with their values.
  @GET
  @Path("/flags")
  public Response flags() {
    return PrometheusJson.success(new TreeMap<>(status.flags()));
  }

  /// Returns the current Prometheus configuration with masked secrets.
  @GET
  @Path("/config")
  public Response config() {
    return PrometheusJson.success(JsonValue.object("yaml", status.configYaml()));
  }

  /// Returns the state of the process. Fields about Go's runtime contain the JVM's counterpart, or
  /// are empty.
  @GET
  @Path("/runtimeinfo")
  public Response runtimeInfo() {
    return PrometheusJson.success(
        JsonValue.object(
            "startTime", status.startedAt().toString(),
            "CWD", System.getProperty("user.dir", ""),
            "serverTime", clock.instant().toString(),
            "reloadConfigSuccess", status.lastReloadSuccessful(),
            "lastConfigTime", status.lastReloadAt().toString(),
            "corruptionCount", 0,
            "goroutineCount", Thread.activeCount(),
            "GOMAXPROCS", Runtime.getRuntime().availableProcessors(),
            "GOMEMLIMIT", Runtime.getRuntime().maxMemory(),
            "GOGC", "",
            "GODEBUG", "",
            "storageRetention", status.retention()));
  }

  /// Returns the progress of reading the write-ahead log. It is always complete, because the
  /// service starts after the log has been read.
  @GET
  @Path("/walreplay")
  public Response walReplay() {
    return PrometheusJson.success(JsonValue.object("min", 0, "max", 0, "current", 0));
  }

  /// Returns statistics of the series in memory.
  @GET
  @Path("/tsdb")
  public Response tsdb(@Context UriInfo uri) {
    var parameters = new Parameters(uri.getQueryParameters());
    int limit = parameters.get("limit").map(StatusResource::number).orElse(10);
    if (limit < 1) {
      throw ApiException.badData("limit must be a positive number");
    }
    if (limit > MAX_CARDINALITIES) {
      throw ApiException.badData("limit must not exceed " + MAX_CARDINALITIES);
    }
    return PrometheusJson.success(
        work.call(() -> new Cardinality(status.headStats(), limit)).json());
  }

  /* Returns 0 for a text that is not a number. The caller rejects it like a number below 1. */
  private static int number(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException _) {
      return 0;
    }
  }

  /// The label names and values with the most series in memory, as `status/tsdb` lists them.
  static final class Cardinality {
    private record Count(String name, long value) {}

    private final HeadStats head;
    private final int limit;
    private final Map<String, Long> byMetric = new HashMap<>();
    private final Map<String, Long> byPair = new HashMap<>();
    private final Map<String, Set<String>> values = new HashMap<>();

    /// @param limit maximum number of items in each list
    Cardinality(HeadStats head, int limit) {
      this.head = head;
      this.limit = limit;
      for (Labels labels : head.series()) {
        byMetric.merge(labels.metricName(), 1L, Long::sum);
        labels.forEach(
            (name, value) -> {
              byPair.merge(name + "=" + value, 1L, Long::sum);
              values.computeIfAbsent(name, _ -> new HashSet<>()).add(value);
            });
      }
    }

    JsonValue json() {
      return JsonValue.object(
          "headStats",
          JsonValue.object(
              "numSeries", head.series().size(),
              "numLabelPairs", byPair.size(),
              "chunkCount", head.chunks(),
              "minTime", head.minTime(),
              "maxTime", head.maxTime()),
          "seriesCountByMetricName",
          largest(byMetric, count -> count),
          "labelValueCountByLabelName",
          largest(values, texts -> (long) texts.size()),
          "memoryInBytesByLabelName",
          largest(values, Cardinality::bytes),
          "seriesCountByLabelValuePair",
          largest(byPair, count -> count));
    }

    private static long bytes(Set<String> texts) {
      return texts.stream().mapToLong(text -> text.getBytes(StandardCharsets.UTF_8).length).sum();
    }

    private <T> JsonValue largest(Map<String, T> counted, ToLongFunction<T> count) {
      return JsonValue.array(
          counted.entrySet().stream()
              .map(entry -> new Count(entry.getKey(), count.applyAsLong(entry.getValue())))
              .sorted(Comparator.comparingLong(Count::value).reversed().thenComparing(Count::name))
              .limit(limit)
              .toList(),
          item -> JsonValue.object("name", item.name(), "value", item.value()));
    }
  }
}
