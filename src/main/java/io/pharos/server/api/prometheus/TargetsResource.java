package io.pharos.server.api.prometheus;

import io.pharos.ingest.scrape.ScrapeManager;
import io.pharos.ingest.scrape.TargetsSnapshot;
import io.pharos.ingest.scrape.TargetsSnapshot.ActiveTarget;
import io.pharos.ingest.scrape.TargetsSnapshot.DroppedTarget;
import io.pharos.model.PromDuration;
import io.pharos.server.api.JsonValue;
import io.pharos.server.api.Parameters;
import io.pharos.server.api.ServiceStatus;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/// Prometheus' `targets`, `scrape_pools` and `alertmanagers`.
@Path("/api/v1")
@RunOnVirtualThread
public class TargetsResource {
  private final ScrapeManager scrapes;
  private final ServiceStatus status;

  TargetsResource(ScrapeManager scrapes, ServiceStatus status) {
    this.scrapes = scrapes;
    this.status = status;
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

  /// The targets of a pool, or of all if its name is empty; sorted by pool, else in their order.
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
        "scrapeUrl", target.scrapeUrl().toString(),
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
}
