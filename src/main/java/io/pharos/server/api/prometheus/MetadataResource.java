package io.pharos.server.api.prometheus;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pharos.ingest.scrape.ActiveTarget;
import io.pharos.ingest.scrape.MetricMetadata;
import io.pharos.ingest.scrape.ScrapeManager;
import io.pharos.model.LabelMatcher;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.remote.write.FamilyMetadata;
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

/// Prometheus' `metadata` and `targets/metadata`: what targets, and senders by Remote Write, say of
/// their metrics.
@Path("/api/v1")
@RunOnVirtualThread
public class MetadataResource {
  private final ScrapeManager scrapes;
  private final ReceivedMetadata received;

  MetadataResource(ScrapeManager scrapes, ReceivedMetadata received) {
    this.scrapes = scrapes;
    this.received = received;
  }

  /// A metric about which nothing is said is left out, since an empty list breaks Grafana.
  @GET
  @Path("/metadata")
  public Response metadata(@Context UriInfo uri) {
    return metadata(new Parameters(uri.getQueryParameters()));
  }

  Response metadata(Parameters parameters) {
    String wanted = parameters.get("metric").orElse("");
    int limit = limit(parameters);
    int perMetric =
        parameters.integer("limit_per_metric").filter(most -> most > 0).orElse(Integer.MAX_VALUE);
    Map<String, Set<MetricMetadata>> all = new TreeMap<>();
    for (ActiveTarget target : scrapes.targets().active()) {
      target.metadata().values().forEach(said -> add(all, wanted, said));
    }
    for (FamilyMetadata said : received.all()) {
      add(all, wanted, new MetricMetadata(said.family(), said.type(), said.help(), said.unit()));
    }
    return PrometheusJson.success(
        json -> {
          json.writeStartObject();
          for (var entry : all.entrySet().stream().limit(limit).toList()) {
            json.writeArrayFieldStart(entry.getKey());
            for (MetricMetadata said : entry.getValue().stream().limit(perMetric).toList()) {
              json.writeStartObject();
              writeFields(json, said);
              json.writeEndObject();
            }
            json.writeEndArray();
          }
          json.writeEndObject();
        });
  }

  private static void add(
      Map<String, Set<MetricMetadata>> all, String wanted, MetricMetadata said) {
    if (wanted.isEmpty() || wanted.equals(said.metric())) {
      all.computeIfAbsent(said.metric(), _ -> new LinkedHashSet<>()).add(said);
    }
  }

  /// What each target says by itself. The limit is looked at before each target, so that none is
  /// shown by half.
  @GET
  @Path("/targets/metadata")
  public Response ofTargets(@Context UriInfo uri) {
    return ofTargets(new Parameters(uri.getQueryParameters()));
  }

  Response ofTargets(Parameters parameters) {
    String wanted = parameters.get("metric").orElse("");
    int limit = limit(parameters);
    List<LabelMatcher> matchers =
        parameters.get("match_target").map(MetadataResource::matchers).orElse(List.of());
    return PrometheusJson.success(
        json -> {
          json.writeStartArray();
          int written = 0;
          for (ActiveTarget target : scrapes.targets().active()) {
            if (written >= limit
                || !matchers.stream().allMatch(matcher -> matcher.matches(target.labels()))) {
              continue;
            }
            for (MetricMetadata said : new TreeMap<>(target.metadata()).values()) {
              if (wanted.isEmpty() || wanted.equals(said.metric())) {
                written++;
                json.writeStartObject();
                PrometheusJson.writeLabels(json, "target", target.labels());
                if (wanted.isEmpty()) {
                  json.writeStringField("metric", said.metric());
                }
                writeFields(json, said);
                json.writeEndObject();
              }
            }
          }
          json.writeEndArray();
        });
  }

  private static void writeFields(JsonGenerator json, MetricMetadata said) throws IOException {
    json.writeStringField("type", said.type());
    json.writeStringField("help", said.help());
    json.writeStringField("unit", said.unit());
  }

  private static List<LabelMatcher> matchers(String text) {
    try {
      return PromqlParser.parseSelector(text);
    } catch (ParseException e) {
      throw ApiException.invalidParameter("match_target", String.valueOf(e.getMessage()));
    }
  }

  /* Unlike the limits elsewhere, Prometheus takes 0 at its word here and a negative one for none. */
  private static int limit(Parameters parameters) {
    int limit = parameters.integer("limit").orElse(-1);
    return limit < 0 ? Integer.MAX_VALUE : limit;
  }
}
