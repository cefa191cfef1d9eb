package io.pharos.server.api.prometheus;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pharos.ingest.scrape.ScrapeManager;
import io.pharos.ingest.scrape.TargetsSnapshot;
import io.pharos.model.LabelMatcher;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.remote.write.ReceivedMetadata;
import io.pharos.server.api.ApiException;
import io.pharos.server.api.Parameters;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Prometheus' `metadata` and `targets/metadata`: types and help texts from targets and from Remote
/// Write.
@Path("/api/v1")
@RunOnVirtualThread
public class MetadataResource {
  private final ScrapeManager scrapes;
  private final ReceivedMetadata received;

  MetadataResource(ScrapeManager scrapes, ReceivedMetadata received) {
    this.scrapes = scrapes;
    this.received = received;
  }

  /// Returns the metadata by metric. Metrics without metadata are left out, because an empty list
  /// breaks Grafana.
  @GET
  @Path("/metadata")
  public Response metadata(@Context UriInfo uri) {
    return metadata(new Parameters(uri.getQueryParameters()));
  }

  Response metadata(Parameters parameters) {
    String metric = parameters.get("metric").orElse("");
    int limit = limit(parameters);
    int perMetric =
        parameters.integer("limit_per_metric").filter(most -> most > 0).orElse(Integer.MAX_VALUE);
    Map<String, Set<TargetsSnapshot.MetricMetadata>> all = new TreeMap<>();
    for (TargetsSnapshot.ActiveTarget target : scrapes.targets().active()) {
      target.metadata().values().forEach(entry -> add(all, metric, entry));
    }
    for (ReceivedMetadata.Family entry : received.all()) {
      add(
          all,
          metric,
          new TargetsSnapshot.MetricMetadata(
              entry.family(), entry.type(), entry.help(), entry.unit()));
    }
    return PrometheusJson.success(
        json -> {
          json.writeStartObject();
          for (var found : all.entrySet().stream().limit(limit).toList()) {
            json.writeArrayFieldStart(found.getKey());
            for (TargetsSnapshot.MetricMetadata entry :
                found.getValue().stream().limit(perMetric).toList()) {
              json.writeStartObject();
              writeFields(json, entry);
              json.writeEndObject();
            }
            json.writeEndArray();
          }
          json.writeEndObject();
        });
  }

  private static void add(
      Map<String, Set<TargetsSnapshot.MetricMetadata>> all,
      String metric,
      TargetsSnapshot.MetricMetadata entry) {
    if (metric.isEmpty() || metric.equals(entry.metric())) {
      all.computeIfAbsent(entry.metric(), _ -> new LinkedHashSet<>()).add(entry);
    }
  }

  /// Returns the metadata by target. The limit is checked before each target, so none is truncated.
  @GET
  @Path("/targets/metadata")
  public Response ofTargets(@Context UriInfo uri) {
    return ofTargets(new Parameters(uri.getQueryParameters()));
  }

  Response ofTargets(Parameters parameters) {
    String metric = parameters.get("metric").orElse("");
    int limit = limit(parameters);
    List<LabelMatcher> matchers =
        parameters.get("match_target").map(MetadataResource::matchers).orElse(List.of());
    return PrometheusJson.success(
        json -> {
          json.writeStartArray();
          int written = 0;
          for (TargetsSnapshot.ActiveTarget target : scrapes.targets().active()) {
            if (written >= limit
                || !matchers.stream().allMatch(matcher -> matcher.matches(target.labels()))) {
              continue;
            }
            for (TargetsSnapshot.MetricMetadata entry : new TreeMap<>(target.metadata()).values()) {
              if (metric.isEmpty() || metric.equals(entry.metric())) {
                written++;
                json.writeStartObject();
                PrometheusJson.writeLabels(json, "target", target.labels());
                if (metric.isEmpty()) {
                  json.writeStringField("metric", entry.metric());
                }
                writeFields(json, entry);
                json.writeEndObject();
              }
            }
          }
          json.writeEndArray();
        });
  }

  private static void writeFields(JsonGenerator json, TargetsSnapshot.MetricMetadata entry)
      throws IOException {
    json.writeStringField("type", entry.type());
    json.writeStringField("help", entry.help());
    json.writeStringField("unit", entry.unit());
  }

  private static List<LabelMatcher> matchers(String text) {
    try {
      return PromqlParser.parseSelector(text);
    } catch (ParseException e) {
      throw ApiException.invalidParameter("match_target", String.valueOf(e.getMessage()));
    }
  }

  /* Unlike other limits of Prometheus, here 0 means none and a negative number means no limit. */
  private static int limit(Parameters parameters) {
    int limit = parameters.integer("limit").orElse(-1);
    return limit < 0 ? Integer.MAX_VALUE : limit;
  }
}
