package io.pharos.server.api.prometheus;

import io.pharos.ingest.scrape.ScrapeManager;
import io.pharos.ingest.scrape.TargetsSnapshot;
import io.pharos.ingest.scrape.TargetsSnapshot.ActiveTarget;
import io.pharos.ingest.scrape.TargetsSnapshot.DroppedTarget;
import io.pharos.ingest.scrape.TargetsSnapshot.MetricMetadata;
import io.pharos.model.LabelMatcher;
import io.pharos.model.PromDuration;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.remote.write.ReceivedMetadata;
import io.pharos.server.api.ApiException;
import io.pharos.server.api.JsonValue;
import io.pharos.server.api.Parameters;
import io.pharos.server.api.ServiceStatus;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/// Prometheus' `targets`, `scrape_pools` and `alertmanagers`. Also `metadata` and
/// `targets/metadata`: the types and help texts of metrics, from targets and from Remote Write.
@Path("/api/v1")
@RunOnVirtualThread
public class TargetsResource {
  private final ScrapeManager scrapes;
  private final ServiceStatus status;
  private final ReceivedMetadata received;

  TargetsResource(ScrapeManager scrapes, ServiceStatus status, ReceivedMetadata received) {
    this.scrapes = scrapes;
    this.status = status;
    this.received = received;
  }

  /// Lists active and dropped targets.
  @GET
  @Path("/targets")
  public Response targets(@Context UriInfo uri) {
    var parameters = new Parameters(uri.getQueryParameters());
    String state = parameters.get("state").orElse("any").toLowerCase(Locale.ROOT);
    boolean active = state.equals("any") || state.equals("active");
    boolean dropped = state.equals("any") || state.equals("dropped");
    String pool = parameters.get("scrapePool").orElse("");
    TargetsSnapshot targets = scrapes.targets();
    return PrometheusJson.success(
        JsonValue.object(
            "activeTargets",
            JsonValue.array(
                active ? ofPool(targets.active(), ActiveTarget::scrapePool, pool) : List.of(),
                TargetsResource::active),
            "droppedTargets",
            JsonValue.array(
                dropped ? ofPool(targets.dropped(), DroppedTarget::scrapePool, pool) : List.of(),
                TargetsResource::dropped),
            "droppedTargetCounts",
            dropped ? counts(targets) : null));
  }

  private Map<String, Long> counts(TargetsSnapshot targets) {
    var counts = new TreeMap<String, Long>();
    scrapes.scrapePools().forEach(name -> counts.put(name, 0L));
    targets.dropped().forEach(it -> counts.computeIfPresent(it.scrapePool(), (_, n) -> n + 1));
    return counts;
  }

  /// Returns the targets of a pool, or all targets if the pool's name is empty. Sorts them by pool,
  /// and keeps the order within a pool.
  private static <T> List<T> ofPool(List<T> targets, Function<T, String> poolOf, String pool) {
    return targets.stream()
        .filter(it -> pool.isEmpty() || pool.equals(poolOf.apply(it)))
        .sorted(Comparator.comparing(poolOf))
        .toList();
  }

  private static JsonValue dropped(DroppedTarget target) {
    return JsonValue.object(
        "discoveredLabels", PrometheusJson.labels(target.discoveredLabels()),
        "scrapePool", target.scrapePool());
  }

  private static JsonValue active(ActiveTarget target) {
    return JsonValue.object(
        "discoveredLabels", PrometheusJson.labels(target.discoveredLabels()),
        "labels", PrometheusJson.labels(target.labels()),
        "scrapePool", target.scrapePool(),
        "scrapeUrl", target.scrapeUrl(),
        "globalUrl", target.globalUrl(),
        "lastError", target.lastError(),
        "lastScrape", PrometheusJson.time(target.lastScrape()),
        "lastScrapeDuration", PrometheusJson.number(target.lastScrapeDuration()),
        "health", target.health().word(),
        "scrapeInterval", PromDuration.format(target.scrapeInterval()),
        "scrapeTimeout", PromDuration.format(target.scrapeTimeout()));
  }

  /// Lists the names of the scrape pools.
  @GET
  @Path("/scrape_pools")
  public Response scrapePools() {
    return PrometheusJson.success(
        JsonValue.object("scrapePools", scrapes.scrapePools().stream().sorted().toList()));
  }

  /// Returns the URLs to which alerts are sent.
  @GET
  @Path("/alertmanagers")
  public Response alertmanagers() {
    return PrometheusJson.success(
        JsonValue.object(
            "activeAlertmanagers",
            JsonValue.array(status.alertmanagers(), url -> JsonValue.object("url", url)),
            "droppedAlertmanagers",
            List.of()));
  }

  /// Returns the metadata by metric. Omits metrics without metadata, because Grafana can't handle
  /// an empty list.
  @GET
  @Path("/metadata")
  public Response metadata(@Context UriInfo uri) {
    var parameters = new Parameters(uri.getQueryParameters());
    String metric = parameters.get("metric").orElse("");
    int limit = limit(parameters);
    int perMetric =
        parameters.integer("limit_per_metric").filter(max -> max > 0).orElse(Integer.MAX_VALUE);
    Map<String, Set<MetricMetadata>> byMetric = new TreeMap<>();
    for (ActiveTarget target : scrapes.targets().active()) {
      target.metadata().values().forEach(entry -> add(byMetric, metric, entry));
    }
    for (ReceivedMetadata.Family entry : received.all()) {
      add(
          byMetric,
          metric,
          new MetricMetadata(entry.family(), entry.type(), entry.help(), entry.unit()));
    }
    var shown = new LinkedHashMap<String, JsonValue>();
    for (var found : byMetric.entrySet().stream().limit(limit).toList()) {
      shown.put(
          found.getKey(),
          JsonValue.array(
              found.getValue().stream().limit(perMetric).toList(),
              entry -> fields(entry, Optional.empty(), Optional.empty())));
    }
    return PrometheusJson.success(shown);
  }

  private static void add(
      Map<String, Set<MetricMetadata>> byMetric, String metric, MetricMetadata entry) {
    if (metric.isEmpty() || metric.equals(entry.metric())) {
      byMetric.computeIfAbsent(entry.metric(), _ -> new LinkedHashSet<>()).add(entry);
    }
  }

  /// Returns the metadata by target. The limit is checked before each target. So the answer may
  /// exceed the limit, but contains all metadata of each listed target.
  @GET
  @Path("/targets/metadata")
  public Response ofTargets(@Context UriInfo uri) {
    var parameters = new Parameters(uri.getQueryParameters());
    String metric = parameters.get("metric").orElse("");
    int limit = limit(parameters);
    List<LabelMatcher> matchers =
        parameters.get("match_target").map(TargetsResource::matchers).orElse(List.of());
    var found = new ArrayList<JsonValue>();
    for (ActiveTarget target : scrapes.targets().active()) {
      if (found.size() < limit && LabelMatcher.matchesAll(matchers, target.labels())) {
        var labels = Optional.of(PrometheusJson.labels(target.labels()));
        new TreeMap<>(target.metadata())
            .values().stream()
                .filter(entry -> metric.isEmpty() || metric.equals(entry.metric()))
                .map(
                    entry ->
                        fields(
                            entry,
                            labels,
                            Optional.of(entry.metric()).filter(_ -> metric.isEmpty())))
                .forEach(found::add);
      }
    }
    return PrometheusJson.success(found);
  }

  private static JsonValue fields(
      MetricMetadata entry, Optional<JsonValue> target, Optional<String> metric) {
    return JsonValue.object(
        "target", target,
        "metric", metric,
        "type", entry.type(),
        "help", entry.help(),
        "unit", entry.unit());
  }

  private static List<LabelMatcher> matchers(String text) {
    try {
      return PromqlParser.parseSelector(text);
    } catch (ParseException e) {
      throw ApiException.invalidParameter("match_target", String.valueOf(e.getMessage()));
    }
  }

  /* Here 0 means no item and a negative number means no limit; in other limits of Prometheus 0
   * means no limit. */
  private static int limit(Parameters parameters) {
    int limit = parameters.integer("limit").orElse(-1);
    return limit < 0 ? Integer.MAX_VALUE : limit;
  }
}
