package io.pharos.server.api.prometheus;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pharos.ingest.scrape.ScrapeManager;
import io.pharos.ingest.scrape.TargetsSnapshot;
import io.pharos.model.PromDuration;
import io.pharos.server.api.Parameters;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/// Prometheus' `targets` and `scrape_pools`.
@Path("/api/v1")
@RunOnVirtualThread
public class TargetsResource {
  private final ScrapeManager scrapes;

  TargetsResource(ScrapeManager scrapes) {
    this.scrapes = scrapes;
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
        json -> {
          json.writeStartObject();
          json.writeArrayFieldStart("activeTargets");
          for (TargetsSnapshot.ActiveTarget target :
              inOrder(targets.active(), TargetsSnapshot.ActiveTarget::scrapePool)) {
            if (active && (pool.isEmpty() || pool.equals(target.scrapePool()))) {
              writeActive(json, target);
            }
          }
          json.writeEndArray();
          json.writeArrayFieldStart("droppedTargets");
          for (var target : inOrder(targets.dropped(), TargetsSnapshot.DroppedTarget::scrapePool)) {
            if (dropped && (pool.isEmpty() || pool.equals(target.scrapePool()))) {
              json.writeStartObject();
              PrometheusJson.writeLabels(json, "discoveredLabels", target.discoveredLabels());
              json.writeStringField("scrapePool", target.scrapePool());
              json.writeEndObject();
            }
          }
          json.writeEndArray();
          json.writeFieldName("droppedTargetCounts");
          if (dropped) {
            writeCounts(json, targets);
          } else {
            json.writeNull();
          }
          json.writeEndObject();
        });
  }

  private void writeCounts(JsonGenerator json, TargetsSnapshot targets) throws IOException {
    json.writeStartObject();
    for (String name : inOrder(scrapes.scrapePools(), pool -> pool)) {
      json.writeNumberField(
          name, targets.dropped().stream().filter(one -> one.scrapePool().equals(name)).count());
    }
    json.writeEndObject();
  }

  /// Sorts by pool name and keeps the order within a pool.
  private static <T> List<T> inOrder(List<T> targets, Function<T, String> pool) {
    return targets.stream().sorted(Comparator.comparing(pool)).toList();
  }

  private static void writeActive(JsonGenerator json, TargetsSnapshot.ActiveTarget target)
      throws IOException {
    json.writeStartObject();
    PrometheusJson.writeLabels(json, "discoveredLabels", target.discoveredLabels());
    PrometheusJson.writeLabels(json, "labels", target.labels());
    json.writeStringField("scrapePool", target.scrapePool());
    json.writeStringField("scrapeUrl", target.scrapeUrl().toString());
    json.writeStringField("globalUrl", target.globalUrl());
    json.writeStringField("lastError", target.lastError());
    json.writeStringField(
        "lastScrape",
        target.lastScrape() == null ? "0001-01-01T00:00:00Z" : target.lastScrape().toString());
    PrometheusJson.writeNumber(
        json, "lastScrapeDuration", target.lastScrapeDuration().toNanos() / 1e9);
    json.writeStringField("health", target.health().word());
    json.writeStringField("scrapeInterval", PromDuration.format(target.scrapeInterval()));
    json.writeStringField("scrapeTimeout", PromDuration.format(target.scrapeTimeout()));
    json.writeEndObject();
  }

  /// Lists the names of the scrape pools.
  @GET
  @Path("/scrape_pools")
  public Response scrapePools() {
    return PrometheusJson.success(
        json -> {
          json.writeStartObject();
          json.writeFieldName("scrapePools");
          PrometheusJson.writeStrings(json, inOrder(scrapes.scrapePools(), pool -> pool));
          json.writeEndObject();
        });
  }
}
