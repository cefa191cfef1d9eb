package io.pharos.promql.remote;

import static io.pharos.model.SharedMapper.JSON;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.http.FormBody;
import io.pharos.http.OutgoingClient;
import io.pharos.model.Labels;
import io.pharos.model.PlainReason;
import io.pharos.model.PromDuration;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryBounds;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryException.Kind;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.StringValue;
import io.pharos.promql.value.Value;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Evaluates queries with the HTTP API v1 of a Prometheus-compatible server.
///
/// Throws a [QueryException] unless the response is complete and well-formed: on a timeout, a
/// refused connection, a status 5xx or a partial response. Callers then keep their state. Requests
/// ask the server not to return partial responses. A warning that is not about the expression is
/// treated as a sign of missing data.
public final class RemoteEngine implements Evaluator {
  private static final int MAX_ANSWER_BYTES = 64 * 1024 * 1024;

  /* Ask Thanos and VictoriaMetrics to fail if a part of the data is unavailable. Other servers
   * ignore unknown parameters. */
  private static final Map<String, String> REFUSE_PARTIAL =
      Map.of("partial_response", "false", "deny_partial_response", "1");

  /* Prefix of annotations about the expression since Prometheus 2.48. Other warnings may be
   * about missing data. */
  private static final String ANNOTATION_PREFIX = "PromQL ";

  /* Maximum length of a response in bytes that is shown as an error text although it is not
   * JSON. */
  private static final int MAX_REASON_BYTES = 500;

  /* The client waits this much longer than the query's timeout, so that it receives the server's
   * timeout error. */
  private static final Duration ROUND_TRIP = Duration.ofSeconds(1);

  private final OutgoingClient client;
  private final URI base;
  private final Duration timeout;

  /// Creates an engine that queries a server.
  ///
  /// @param base server address without `/api/v1`
  /// @param timeout maximum duration of a request
  public RemoteEngine(OutgoingClient client, URI base, Duration timeout) {
    this.client = client;
    this.base = base;
    this.timeout = timeout;
  }

  @Override
  public QueryResult evaluate(Query query) {
    QueryBounds bounds = query.bounds().orElse(QueryBounds.NONE);
    return switch (query.span()) {
      case Query.At(long millis) ->
          ask("/api/v1/query", Map.of("query", query.text(), "time", seconds(millis)), bounds);
      case Query.Steps(long from, long to, Duration step) ->
          ask(
              "/api/v1/query_range",
              Map.of(
                  "query",
                  query.text(),
                  "start",
                  seconds(from),
                  "end",
                  seconds(to),
                  "step",
                  seconds(step.toMillis())),
              bounds);
    };
  }

  private static String form(Map<String, String> parameters, QueryBounds bounds) {
    var fields = new HashMap<>(parameters);
    fields.putAll(REFUSE_PARTIAL);
    bounds.timeout().ifPresent(value -> fields.put("timeout", seconds(value.toMillis())));
    bounds.lookback().ifPresent(value -> fields.put("lookback_delta", seconds(value.toMillis())));
    return FormBody.of(fields);
  }

  private QueryResult ask(String path, Map<String, String> parameters, QueryBounds bounds) {
    var request =
        HttpRequest.newBuilder(URI.create(base + path))
            .header("Content-Type", FormBody.TYPE)
            .POST(HttpRequest.BodyPublishers.ofString(form(parameters, bounds)));
    Duration clientTimeout =
        bounds
            .timeout()
            .map(asked -> asked.plus(ROUND_TRIP))
            .filter(asked -> asked.compareTo(timeout) < 0)
            .orElse(timeout);
    try {
      HttpResponse<byte[]> response =
          client.send(
              request.build(),
              BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_ANSWER_BYTES),
              clientTimeout);
      return read(response.statusCode(), response.body());
    } catch (HttpTimeoutException e) {
      throw new QueryException(
          Kind.TIMEOUT, base + " did not answer in " + PromDuration.format(clientTimeout), e);
    } catch (IOException e) {
      throw new QueryException(
          Kind.UNAVAILABLE, base + " can't be reached: " + PlainReason.of(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new QueryException(Kind.CANCELED, "interrupted while querying " + base, e);
    }
  }

  private QueryResult read(int status, byte[] answer) {
    JsonNode root;
    try {
      root = JSON.readTree(answer);
    } catch (IOException e) {
      throw plain(status, answer, e);
    }
    if (!root.path("status").asText().equals("success")) {
      if (!root.has("error") && root.has("message") && status != 200) {
        throw plain(status, root.path("message").asText().getBytes(UTF_8), null);
      }
      String reason = root.path("error").asText("no reason given");
      throw new QueryException(
          kind(status, root.path("errorType").asText()),
          base + " answered " + status + ": " + reason);
    }
    if (status != 200 || root.path("isPartial").asBoolean()) {
      throw unavailable("sent a partial response (status " + status + ")");
    }
    List<String> warnings = texts(root.path("warnings"));
    for (String warning : warnings) {
      if (!warning.startsWith(ANNOTATION_PREFIX)) {
        throw unavailable("sent a warning, so the response may be partial: " + warning);
      }
    }
    return new QueryResult(value(root.path("data")), warnings, texts(root.path("infos")));
  }

  /* Creates an error from a response that is not in Prometheus' JSON, such as a response of Loki or
   * of a proxy. */
  private QueryException plain(int status, byte[] answer, @Nullable Throwable cause) {
    String text = new String(answer, 0, Math.min(answer.length, MAX_REASON_BYTES), UTF_8).strip();
    boolean isReason = status >= 400 && !text.isEmpty() && text.charAt(0) != '<';
    Kind kind =
        switch (status) {
          case 400 -> Kind.BAD_DATA;
          case 422 -> Kind.EXECUTION;
          case 429 -> Kind.BUSY;
          case 504 -> Kind.TIMEOUT;
          default -> Kind.UNAVAILABLE;
        };
    String reason =
        (status / 100 == 4 && isReason ? "" : " without JSON") + (isReason ? ": " + text : "");
    String message = base + " answered " + status + reason;
    return cause == null
        ? new QueryException(kind, message)
        : new QueryException(kind, message, cause);
  }

  private static Kind kind(int status, String errorType) {
    return switch (errorType) {
      case "bad_data" -> Kind.BAD_DATA;
      case "execution" -> Kind.EXECUTION;
      case "timeout" -> Kind.TIMEOUT;
      case "canceled" -> Kind.CANCELED;
      default -> status == 422 ? Kind.EXECUTION : Kind.UNAVAILABLE;
    };
  }

  private Value value(JsonNode data) {
    JsonNode result = array(data, "result");
    return switch (data.path("resultType").asText()) {
      case "scalar" -> new Scalar(millis(result.path(0)), number(result.path(1)));
      case "string" -> new StringValue(millis(result.path(0)), result.path(1).asText());
      case "vector" -> vector(result);
      case "matrix" -> matrix(result);
      case "streams" ->
          throw new QueryException(
              Kind.BAD_DATA,
              base + " returned lines, expected numbers: the query has no function over lines");
      default -> throw unavailable("sent the unknown resultType " + data.path("resultType"));
    };
  }

  /// Returns a required array. A missing array is an error, because only an empty array means an
  /// empty result.
  private JsonNode array(JsonNode parent, String field) {
    JsonNode array = parent.path(field);
    if (!array.isArray()) {
      throw unavailable("sent a response without the list \"" + field + "\"");
    }
    return array;
  }

  private InstantVector vector(JsonNode result) {
    long timestamp = result.isEmpty() ? 0 : millis(point(result.path(0)).path(0));
    var vector = InstantVector.builder(timestamp);
    for (JsonNode sample : result) {
      Labels labels = labels(sample.path("metric"));
      if (sample.has("histogram")) {
        vector.add(labels, histogram(point(sample).path(1)));
      } else {
        vector.add(labels, number(point(sample).path(1)));
      }
    }
    return vector.build();
  }

  /// Returns the array of time and value in a sample of a vector.
  private static JsonNode point(JsonNode sample) {
    return sample.path(sample.has("histogram") ? "histogram" : "value");
  }

  private Histogram histogram(JsonNode node) {
    try {
      return new RemoteHistogramReader(this::number).read(node);
    } catch (IllegalArgumentException e) { // the whole response is unusable
      throw unavailable("sent a malformed histogram: " + e.getMessage());
    }
  }

  private RangeMatrix matrix(JsonNode result) {
    var series = new ArrayList<RangeMatrix.Series>();
    for (JsonNode one : result) {
      JsonNode floats = one.has("histograms") ? one.path("values") : array(one, "values");
      series.add(series(labels(one.path("metric")), floats, one.path("histograms")));
    }
    return new RangeMatrix(series);
  }

  /// Merges the floats and the histograms of a series, which are separate in the response, in the
  /// order of their times.
  private RangeMatrix.Series series(Labels labels, JsonNode floats, JsonNode histograms) {
    int size = floats.size() + histograms.size();
    var timestamps = new long[size];
    var values = new double[size];
    var merged = histograms.isEmpty() ? null : new @Nullable Histogram[size];
    int nextFloat = 0;
    int nextHistogram = 0;
    for (int i = 0; i < size; i++) {
      boolean isFloat =
          nextHistogram == histograms.size()
              || (nextFloat < floats.size()
                  && millis(floats.path(nextFloat).path(0))
                      <= millis(histograms.path(nextHistogram).path(0)));
      if (isFloat || merged == null) {
        timestamps[i] = millis(floats.path(nextFloat).path(0));
        values[i] = number(floats.path(nextFloat++).path(1));
      } else {
        timestamps[i] = millis(histograms.path(nextHistogram).path(0));
        values[i] = Double.NaN;
        merged[i] = histogram(histograms.path(nextHistogram++).path(1));
      }
    }
    return new RangeMatrix.Series(labels, timestamps, values, merged);
  }

  private Labels labels(JsonNode metric) {
    var labels = Labels.builder();
    if (!metric.isObject()) {
      throw unavailable("sent a series without \"metric\"");
    }
    metric.properties().forEach(entry -> labels.set(entry.getKey(), entry.getValue().asText()));
    return labels.build();
  }

  private double number(JsonNode text) {
    return switch (text.asText()) {
      case "NaN" -> Double.NaN;
      case "+Inf", "Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> {
        try {
          yield Double.parseDouble(text.asText());
        } catch (NumberFormatException _) { // the whole response is unusable
          throw unavailable("sent " + text + ", expected a number");
        }
      }
    };
  }

  private static long millis(JsonNode seconds) {
    return Math.round(seconds.asDouble() * 1000);
  }

  private static List<String> texts(JsonNode list) {
    var texts = new ArrayList<String>();
    list.forEach(text -> texts.add(text.asText()));
    return texts;
  }

  private QueryException unavailable(String problem) {
    return new QueryException(Kind.UNAVAILABLE, base + " " + problem);
  }

  private static String seconds(long millis) {
    return "%d.%03d".formatted(Math.floorDiv(millis, 1000), Math.floorMod(millis, 1000));
  }
}
