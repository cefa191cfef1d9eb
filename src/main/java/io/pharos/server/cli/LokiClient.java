package io.pharos.server.cli;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.dashboards.DashboardExpressions.LabelValues;
import io.pharos.dashboards.PanelView.LogLine;
import io.pharos.dashboards.Sources;
import io.pharos.http.FormBody;
import io.pharos.http.OutgoingClient;
import io.pharos.model.BaseUrl;
import io.pharos.promql.remote.RemoteEngine;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryException.Kind;
import java.io.IOException;
import java.net.URI;
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

/// Asks a Loki by its HTTP API.
final class LokiClient implements Sources.Logs {
  private static final int MAX_ANSWER_BYTES = 32 * 1024 * 1024;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration RECENT = Duration.ofHours(6);

  private final OutgoingClient client;
  private final String url;
  private final RemoteEngine engine;
  private final ObjectMapper json = new ObjectMapper();

  /// @param url the server's address, without `/loki`
  LokiClient(OutgoingClient client, String url) {
    this.client = requireNonNull(client, "client is null");
    this.url = BaseUrl.of(url);
    // Loki answers queries for numbers as Prometheus does, one folder below.
    engine = new RemoteEngine(client, URI.create(this.url + "/loki"), PATIENCE);
  }

  @Override
  public Evaluator metrics() {
    return engine;
  }

  @Override
  public LabelValues labels() {
    return (selector, label) -> {
      var parameters = new TreeMap<String, String>();
      parameters.put("since", RECENT.toHours() + "h");
      if (!selector.isEmpty()) {
        parameters.put("query", selector);
      }
      var values = new ArrayList<String>();
      get("/loki/api/v1/label/" + ApiClient.encoded(label) + "/values", parameters)
          .path("data")
          .forEach(value -> values.add(value.asText()));
      return values;
    };
  }

  @Override
  public List<LogLine> lines(String query, long fromMillis, long untilMillis, int limit) {
    JsonNode data =
        get(
                "/loki/api/v1/query_range",
                Map.of(
                    "query",
                    query,
                    "start",
                    fromMillis + "000000",
                    "end",
                    untilMillis + "000000",
                    "limit",
                    Integer.toString(limit),
                    "direction",
                    "backward"))
            .path("data");
    if (!data.path("resultType").asText().equals("streams")) {
      throw new QueryException(
          Kind.BAD_DATA, query + " gives numbers, expected a query that selects lines");
    }
    var lines = new ArrayList<LogLine>();
    for (JsonNode stream : data.path("result")) {
      String level = level(stream.path("stream"));
      for (JsonNode entry : stream.path("values")) {
        lines.add(new LogLine(millis(entry.path(0).asText()), level, entry.path(1).asText()));
      }
    }
    lines.sort(Comparator.comparingLong(LogLine::atMillis).reversed());
    return lines.subList(0, Math.min(limit, lines.size()));
  }

  private static String level(JsonNode labels) {
    String level = labels.path("level").asText("");
    return level.isEmpty() ? labels.path("detected_level").asText("") : level;
  }

  private long millis(String nanos) {
    try {
      return Long.parseLong(nanos) / 1_000_000;
    } catch (NumberFormatException e) {
      throw new QueryException(Kind.UNAVAILABLE, url + " answered the time " + nanos, e);
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
              PATIENCE);
      if (response.statusCode() != 200) {
        throw new QueryException(
            response.statusCode() == 400 ? Kind.BAD_DATA : Kind.UNAVAILABLE,
            url + " answered " + response.statusCode() + ": " + reason(response.body()));
      }
      return json.readTree(response.body());
    } catch (IOException e) {
      throw new QueryException(Kind.UNAVAILABLE, url + " can't be asked: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new QueryException(Kind.CANCELED, "interrupted while asking " + url, e);
    }
  }

  /// Loki's errors are plain text, or JSON with a message from what stands before it.
  private static String reason(byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8).strip();
    return text.length() <= 300 ? text : text.substring(0, 300) + "…";
  }
}
