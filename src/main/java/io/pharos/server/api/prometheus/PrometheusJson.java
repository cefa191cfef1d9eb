package io.pharos.server.api.prometheus;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pharos.model.GoFloat;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Bucket;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.QueryStats;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.StringValue;
import io.pharos.promql.value.Value;
import io.pharos.server.api.GoEscapes;
import io.pharos.server.api.JsonValue;
import io.pharos.server.api.Rendering;
import io.pharos.storage.Exemplar;
import io.pharos.storage.Exemplars;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Writes answers of Prometheus' API, `{"status":…,"data":…}`, as a stream.
public final class PrometheusJson {
  /// Maximum number of warnings and of infos in an answer, as in Prometheus.
  private static final int MAX_REMARKS = 10;

  private PrometheusJson() {}

  /// Creates a successful answer.
  ///
  /// @param data a value as described at [JsonValue]
  public static Response success(Object data) {
    return success(data, List.of(), List.of());
  }

  /// Creates a successful answer with annotations of the engine.
  public static Response success(Object data, List<String> warnings, List<String> infos) {
    return answer(
        200,
        JsonValue.object(
            "status",
            "success",
            "data",
            data,
            "warnings",
            shortened(warnings, "warning"),
            "infos",
            shortened(infos, "info")));
  }

  /// Returns the data of `query_exemplars`.
  static Response exemplars(List<Exemplars.OfSeries> found) {
    return success(
        JsonValue.array(
            found,
            series ->
                JsonValue.object(
                    "seriesLabels", labels(series.labels()),
                    "exemplars", JsonValue.array(series.exemplars(), PrometheusJson::exemplar))));
  }

  private static JsonValue exemplar(Exemplar exemplar) {
    return JsonValue.object(
        "labels", labels(exemplar.labels()),
        "value", GoFloat.json(exemplar.value()),
        "timestamp", seconds(exemplar.timestampMillis()));
  }

  private static Optional<List<String>> shortened(List<String> remarks, String kind) {
    int omitted = remarks.size() - MAX_REMARKS;
    List<String> shown =
        omitted <= 0
            ? remarks
            : append(
                remarks.subList(0, MAX_REMARKS),
                omitted + " more " + kind + " annotations omitted");
    return Optional.of(shown).filter(texts -> !texts.isEmpty());
  }

  /// Creates an error.
  ///
  /// @param errorType Prometheus' name for the kind of error
  public static Response error(int status, String errorType, String message) {
    return answer(
        status, JsonValue.object("status", "error", "errorType", errorType, "error", message));
  }

  private static Response answer(int status, JsonValue document) {
    return Response.status(status)
        .type(MediaType.APPLICATION_JSON)
        .entity(
            (Rendering)
                out -> {
                  JsonGenerator json = GoEscapes.factory().createGenerator(out);
                  GoEscapes.PROMETHEUS.set(json);
                  document.write(json);
                  json.close();
                })
        .build();
  }

  /// Creates the answer of `query` or `query_range`.
  ///
  /// @param limit maximum number of series in the answer
  /// @param stats whether the answer contains statistics of the query
  /// @param queued how long the query waited for a thread
  public static Response result(QueryResult result, int limit, boolean stats, Duration queued) {
    boolean truncated = size(result.value()) > limit;
    var warnings =
        truncated ? append(result.warnings(), "results truncated due to limit") : result.warnings();
    return success(
        JsonValue.object(
            "resultType", result.value().typeName(),
            "result", value(result.value(), limit),
            "stats", stats ? Optional.of(stats(result.stats(), queued)) : Optional.empty()),
        warnings,
        result.infos());
  }

  /* Pharos measures only the total time, so the other timings of Prometheus are 0. */
  private static JsonValue stats(QueryStats stats, Duration queued) {
    JsonValue evaluated = number(stats.evaluated());
    return JsonValue.object(
        "timings",
        JsonValue.object(
            "evalTotalTime",
            evaluated,
            "resultSortTime",
            0,
            "queryPreparationTime",
            0,
            "innerEvalTime",
            evaluated,
            "execQueueTime",
            number(queued),
            "execTotalTime",
            number(queued.toNanos() / 1e9 + stats.evaluated().toNanos() / 1e9)),
        "samples",
        JsonValue.object(
            "totalQueryableSamples", stats.samples(), "peakSamples", stats.peakSamples()));
  }

  private static List<String> append(List<String> list, String item) {
    return Stream.concat(list.stream(), Stream.of(item)).toList();
  }

  private static int size(Value value) {
    return switch (value) {
      case Scalar _, StringValue _ -> 1;
      case InstantVector vector -> vector.size();
      case RangeMatrix matrix -> matrix.series().size();
    };
  }

  private static JsonValue value(Value value, int limit) {
    return switch (value) {
      case Scalar scalar -> single(scalar.timestampMillis(), GoFloat.plain(scalar.value()));
      case StringValue text -> GoEscapes.TYPE.in(single(text.timestampMillis(), text.value()));
      case InstantVector vector ->
          json -> {
            json.writeStartArray();
            for (int i = 0; i < Math.min(limit, vector.size()); i++) {
              json.writeStartObject();
              json.writeFieldName("metric");
              labels(vector.labels(i)).write(json);
              Histogram histogram = vector.histogram(i);
              json.writeFieldName(histogram == null ? "value" : "histogram");
              writePoint(json, vector.timestampMillis(), vector.value(i), histogram);
              json.writeEndObject();
            }
            json.writeEndArray();
          };
      case RangeMatrix matrix ->
          JsonValue.array(
              matrix.series().subList(0, Math.min(limit, matrix.series().size())),
              PrometheusJson::series);
    };
  }

  private static JsonValue series(RangeMatrix.Series series) {
    return json -> {
      json.writeStartObject();
      json.writeFieldName("metric");
      labels(series.labels()).write(json);
      writePoints(json, series);
      json.writeEndObject();
    };
  }

  /// Writes the floats as the list `values`, and the histograms as the list `histograms`. Omits an
  /// empty list.
  private static void writePoints(JsonGenerator json, RangeMatrix.Series series)
      throws IOException {
    int histograms = 0;
    for (int i = 0; i < series.size(); i++) {
      histograms += series.histogram(i) == null ? 0 : 1;
    }
    if (histograms < series.size()) {
      json.writeArrayFieldStart("values");
      for (int i = 0; i < series.size(); i++) {
        if (series.histogram(i) == null) {
          writePoint(json, series.timestamps()[i], GoFloat.json(series.values()[i]));
        }
      }
      json.writeEndArray();
    }
    if (histograms > 0) {
      json.writeArrayFieldStart("histograms");
      for (int i = 0; i < series.size(); i++) {
        Histogram histogram = series.histogram(i);
        if (histogram != null) {
          writePoint(json, series.timestamps()[i], series.values()[i], histogram);
        }
      }
      json.writeEndArray();
    }
  }

  private static void writePoint(
      JsonGenerator json, long millis, double value, @Nullable Histogram histogram)
      throws IOException {
    if (histogram == null) {
      writePoint(json, millis, GoFloat.json(value));
      return;
    }
    json.writeStartArray();
    seconds(millis).write(json);
    histogram(histogram).write(json);
    json.writeEndArray();
  }

  private static void writePoint(JsonGenerator json, long millis, String value) throws IOException {
    json.writeStartArray();
    seconds(millis).write(json);
    json.writeString(value);
    json.writeEndArray();
  }

  /* Prometheus writes scalars and strings in a special form: numbers without exponents, and times
   * without trailing zeros. */
  private static JsonValue single(long millis, String value) {
    return json -> {
      json.writeStartArray();
      json.writeNumber(BigDecimal.valueOf(millis, 3).stripTrailingZeros().toPlainString());
      json.writeString(value);
      json.writeEndArray();
    };
  }

  /// Returns a native histogram: its count, its sum, and each populated bucket as `[boundaries,
  /// lower, upper, count]`.
  private static JsonValue histogram(Histogram histogram) {
    List<Bucket> populated = histogram.buckets().stream().filter(it -> it.count() != 0).toList();
    return JsonValue.object(
        "count",
        GoFloat.json(histogram.count()),
        "sum",
        GoFloat.json(histogram.sum()),
        "buckets",
        Optional.of(populated)
            .filter(buckets -> !buckets.isEmpty())
            .map(buckets -> JsonValue.array(buckets, PrometheusJson::bucket)));
  }

  private static List<?> bucket(Bucket bucket) {
    // Says which bounds belong to the bucket: 0 the upper, 1 the lower, 2 neither, 3 both.
    int boundaries =
        bucket.lowerInclusive() ? bucket.upperInclusive() ? 3 : 1 : bucket.upperInclusive() ? 0 : 2;
    return List.of(
        boundaries,
        GoFloat.json(bucket.lower()),
        GoFloat.json(bucket.upper()),
        GoFloat.json(bucket.count()));
  }

  /// Returns a number that is not the value of a sample: `4`, `0.00051`, `5e-7`.
  static JsonValue number(double value) {
    return json -> json.writeNumber(GoFloat.json(value).replace("e-0", "e-"));
  }

  /// Returns a duration as a number of seconds.
  static JsonValue number(Duration duration) {
    return number(duration.toNanos() / 1e9);
  }

  /// Returns a time as text; Go's zero time if it is null, which means "never".
  static String time(@Nullable Instant time) {
    return time == null ? "0001-01-01T00:00:00Z" : time.toString();
  }

  /// Returns Unix seconds as a number, with three decimals unless the seconds are whole.
  private static JsonValue seconds(long millis) {
    return json -> {
      if (millis % 1000 == 0) {
        json.writeNumber(millis / 1000);
      } else {
        json.writeNumber(BigDecimal.valueOf(millis, 3).toPlainString());
      }
    };
  }

  static JsonValue labels(Labels labels) {
    return GoEscapes.LABELS.in(labels.toMap());
  }

  /// Returns labels as an object. They need not be a label set: the labels of a rule may contain
  /// templates.
  static JsonValue labels(Map<String, String> labels) {
    return GoEscapes.LABELS.in(labels);
  }
}
