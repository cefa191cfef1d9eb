package io.pharos.dashboards;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.dashboards.DashboardFiles.LabelValues;
import io.pharos.dashboards.DashboardReading.QuerySources;
import io.pharos.dashboards.PanelView.LogLine;
import io.pharos.http.FormBody;
import io.pharos.http.OutgoingClient;
import io.pharos.model.BaseUrl;
import io.pharos.model.Labels;
import io.pharos.model.PlainReason;
import io.pharos.model.Quoted;
import io.pharos.promql.remote.RemoteEngine;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryException.Kind;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Queries Loki's HTTP API.
public final class LokiClient implements QuerySources.Logs {
  private static final int MAX_ANSWER_BYTES = 32 * 1024 * 1024;
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Duration LABEL_RANGE = Duration.ofHours(6);

  private final OutgoingClient client;
  private final String url;
  private final RemoteEngine engine;

  /// @param url the server's address, without `/loki`
  public LokiClient(OutgoingClient client, String url) {
    this.client = client;
    this.url = BaseUrl.of(url);
    // Loki serves Prometheus' query API below /loki.
    engine = new RemoteEngine(client, URI.create(this.url + "/loki"), TIMEOUT);
  }

  @Override
  public Evaluator metrics() {
    return engine;
  }

  @Override
  public LabelValues labels() {
    return (selector, label) -> {
      var parameters = new TreeMap<String, String>();
      parameters.put("since", LABEL_RANGE.toHours() + "h");
      if (!selector.isEmpty()) {
        parameters.put("query", selector);
      }
      var values = new ArrayList<String>();
      get(
              "/loki/api/v1/label/" + URLEncoder.encode(label, StandardCharsets.UTF_8) + "/values",
              parameters)
          .path("data")
          .forEach(value -> values.add(value.asText()));
      return values;
    };
  }

  /// A line with its time in Unix nanoseconds and the labels of its stream.
  public record Entry(long nanos, Labels labels, String line) {
    private String level() {
      String level = labels.get("level");
      return level.isEmpty() ? labels.get("detected_level") : level;
    }
  }

  @Override
  public List<LogLine> lines(String query, long fromMillis, long untilMillis, int limit) {
    return entries(query, fromMillis * 1_000_000, untilMillis * 1_000_000, limit).stream()
        .map(entry -> new LogLine(entry.nanos() / 1_000_000, entry.level(), entry.line()))
        .toList();
  }

  /// Returns the newest lines that a query selects, newest first.
  ///
  /// @param fromNanos inclusive, in Unix nanoseconds
  /// @param untilNanos exclusive
  /// @throws QueryException when Loki refuses the query or is unreachable, or when the query
  ///   returns numbers
  public List<Entry> entries(String query, long fromNanos, long untilNanos, int limit) {
    var parameters = new TreeMap<>(Map.of("query", query, "direction", "backward"));
    parameters.put("start", Long.toString(fromNanos));
    parameters.put("end", Long.toString(untilNanos));
    parameters.put("limit", Integer.toString(limit));
    JsonNode data = get("/loki/api/v1/query_range", parameters).path("data");
    if (!data.path("resultType").asText().equals("streams")) {
      throw new QueryException(
          Kind.BAD_DATA, query + " returns numbers, expected a query that selects lines");
    }
    var entries = new ArrayList<Entry>();
    for (JsonNode stream : data.path("result")) {
      var labels = Labels.builder();
      stream
          .path("stream")
          .properties()
          .forEach(label -> labels.set(label.getKey(), label.getValue().asText()));
      Labels built = labels.build();
      for (JsonNode entry : stream.path("values")) {
        entries.add(new Entry(nanos(entry.path(0).asText()), built, entry.path(1).asText()));
      }
    }
    entries.sort(Comparator.comparingLong(Entry::nanos).reversed());
    return entries.subList(0, Math.min(limit, entries.size()));
  }

  private long nanos(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new QueryException(
          Kind.UNAVAILABLE, url + " answered the time " + text + ", expected Unix nanoseconds", e);
    }
  }

  private JsonNode get(String path, Map<String, String> parameters) {
    var request =
        HttpRequest.newBuilder(URI.create(url + path + "?" + FormBody.of(parameters)))
            .header("Accept", "application/json");
    try {
      HttpResponse<byte[]> response =
          client.send(
              request.build(),
              BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_ANSWER_BYTES),
              TIMEOUT);
      if (response.statusCode() != 200) {
        throw new QueryException(
            response.statusCode() == 400 ? Kind.BAD_DATA : Kind.UNAVAILABLE,
            url + " answered " + response.statusCode() + ": " + reason(response.body()));
      }
      return JSON.readTree(response.body());
    } catch (IOException e) {
      throw new QueryException(Kind.UNAVAILABLE, url + " is unreachable: " + PlainReason.of(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new QueryException(Kind.CANCELED, "interrupted while querying " + url, e);
    }
  }

  /// Returns the beginning of the body of an error response. Loki sends plain text; a proxy before
  /// Loki may send JSON.
  private static String reason(byte[] body) {
    return Quoted.cut(new String(body, StandardCharsets.UTF_8).strip(), 300);
  }
}
