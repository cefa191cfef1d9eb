package io.pharos.server.api.prometheus;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pharos.model.GoFloat;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.QueryStats;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.StringValue;
import io.pharos.promql.value.Value;
import io.pharos.server.api.GoEscapes;
import io.pharos.server.api.Rendering;
import io.pharos.storage.Exemplar;
import io.pharos.storage.Exemplars;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Writes answers of Prometheus' API, `{"status":…,"data":…}`, as a stream.
public final class PrometheusJson {
  /// Maximum number of warnings and of infos in an answer, as in Prometheus.
  private static final int MAX_REMARKS = 10;

  /// Writes the value of `data`.
  public interface Body {
    /// Writes one JSON value.
    void write(JsonGenerator json) throws IOException;
  }

  private PrometheusJson() {}

  /// A successful answer.
  public static Response success(Body data) {
    return success(data, List.of(), List.of());
  }

  /// A successful answer with remarks of the engine.
  public static Response success(Body data, List<String> warnings, List<String> infos) {
    return answer(
        200,
        json -> {
          json.writeStringField("status", "success");
          json.writeFieldName("data");
          data.write(json);
          writeTexts(json, "warnings", shortened(warnings, "warning"));
          writeTexts(json, "infos", shortened(infos, "info"));
        });
  }

  /// The data of `query_exemplars`.
  static Response exemplars(List<Exemplars.OfSeries> found) {
    return success(
        json -> {
          json.writeStartArray();
          for (Exemplars.OfSeries series : found) {
            json.writeStartObject();
            writeLabels(json, "seriesLabels", series.labels());
            json.writeArrayFieldStart("exemplars");
            for (Exemplar one : series.exemplars()) {
              json.writeStartObject();
              writeLabels(json, "labels", one.labels());
              json.writeStringField("value", GoFloat.json(one.value()));
              json.writeFieldName("timestamp");
              writeSeconds(json, one.timestampMillis());
              json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
          }
          json.writeEndArray();
        });
  }

  private static List<String> shortened(List<String> remarks, String kind) {
    int more = remarks.size() - MAX_REMARKS;
    return more <= 0
        ? remarks
        : append(remarks.subList(0, MAX_REMARKS), more + " more " + kind + " annotations omitted");
  }

  /// An error.
  ///
  /// @param errorType Prometheus' name of the kind of error
  public static Response error(int status, String errorType, String message) {
    return answer(
        status,
        json -> {
          json.writeStringField("status", "error");
          json.writeStringField("errorType", errorType);
          json.writeStringField("error", message);
        });
  }

  private static Response answer(int status, Body fields) {
    return Response.status(status)
        .type(MediaType.APPLICATION_JSON)
        .entity(
            (Rendering)
                out -> {
                  JsonGenerator json = GoEscapes.factory().createGenerator(out);
                  GoEscapes.PROMETHEUS.set(json);
                  json.writeStartObject();
                  fields.write(json);
                  json.writeEndObject();
                  json.close();
                })
        .build();
  }

  /// The data of `query` and `query_range`.
  ///
  /// @param limit maximum number of series
  /// @param stats whether to include the query's statistics
  /// @param queued how long the query waited for a thread
  public static Response result(QueryResult result, int limit, boolean stats, Duration queued) {
    boolean truncated = size(result.value()) > limit;
    var warnings =
        truncated ? append(result.warnings(), "results truncated due to limit") : result.warnings();
    return success(
        json -> {
          json.writeStartObject();
          json.writeStringField("resultType", result.value().typeName());
          json.writeFieldName("result");
          writeValue(json, result.value(), limit);
          if (stats) {
            writeStats(json, result.stats(), queued);
          }
          json.writeEndObject();
        },
        warnings,
        result.infos());
  }

  /* Pharos measures only the total, so Prometheus' finer timings are 0. */
  private static void writeStats(JsonGenerator json, QueryStats stats, Duration waited)
      throws IOException {
    double evaluated = stats.evaluated().toNanos() / 1e9;
    double queued = waited.toNanos() / 1e9;
    json.writeObjectFieldStart("stats");
    json.writeObjectFieldStart("timings");
    writeNumber(json, "evalTotalTime", evaluated);
    json.writeNumberField("resultSortTime", 0);
    json.writeNumberField("queryPreparationTime", 0);
    writeNumber(json, "innerEvalTime", evaluated);
    writeNumber(json, "execQueueTime", queued);
    writeNumber(json, "execTotalTime", queued + evaluated);
    json.writeEndObject();
    json.writeObjectFieldStart("samples");
    json.writeNumberField("totalQueryableSamples", stats.samples());
    json.writeNumberField("peakSamples", stats.peakSamples());
    json.writeEndObject();
    json.writeEndObject();
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

  private static void writeValue(JsonGenerator json, Value value, int limit) throws IOException {
    switch (value) {
      case Scalar scalar ->
          writeSingle(json, scalar.timestampMillis(), GoFloat.plain(scalar.value()));
      case StringValue text ->
          GoEscapes.TYPE.in(json, () -> writeSingle(json, text.timestampMillis(), text.value()));
      case InstantVector vector -> {
        json.writeStartArray();
        for (int i = 0; i < Math.min(limit, vector.size()); i++) {
          json.writeStartObject();
          writeLabels(json, "metric", vector.labels(i));
          Histogram histogram = vector.histogram(i);
          json.writeFieldName(histogram == null ? "value" : "histogram");
          writePoint(json, vector.timestampMillis(), vector.value(i), histogram);
          json.writeEndObject();
        }
        json.writeEndArray();
      }
      case RangeMatrix matrix -> {
        json.writeStartArray();
        for (var series : matrix.series().subList(0, Math.min(limit, matrix.series().size()))) {
          json.writeStartObject();
          writeLabels(json, "metric", series.labels());
          writePoints(json, series);
          json.writeEndObject();
        }
        json.writeEndArray();
      }
    }
  }

  /// The floats as `values`, then the histograms as `histograms`; an empty list is left out.
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
    writeSeconds(json, millis);
    HistogramJson.write(json, histogram);
    json.writeEndArray();
  }

  private static void writePoint(JsonGenerator json, long millis, String value) throws IOException {
    json.writeStartArray();
    writeSeconds(json, millis);
    json.writeString(value);
    json.writeEndArray();
  }

  /* Prometheus writes scalars and strings without exponents and without trailing zeros of the time. */
  private static void writeSingle(JsonGenerator json, long millis, String value)
      throws IOException {
    json.writeStartArray();
    json.writeNumber(BigDecimal.valueOf(millis, 3).stripTrailingZeros().toPlainString());
    json.writeString(value);
    json.writeEndArray();
  }

  /// A number other than a sample's value, such as seconds: `4`, `0.00051`, `5e-7`.
  static void writeNumber(JsonGenerator json, String field, double value) throws IOException {
    json.writeFieldName(field);
    json.writeNumber(GoFloat.json(value).replace("e-0", "e-"));
  }

  /// Unix seconds as a number, with three decimals unless whole.
  private static void writeSeconds(JsonGenerator json, long millis) throws IOException {
    if (millis % 1000 == 0) {
      json.writeNumber(millis / 1000);
    } else {
      json.writeNumber(BigDecimal.valueOf(millis, 3).toPlainString());
    }
  }

  static void writeLabels(JsonGenerator json, String field, Labels labels) throws IOException {
    json.writeFieldName(field);
    writeLabels(json, labels);
  }

  static void writeLabels(JsonGenerator json, Labels labels) throws IOException {
    GoEscapes.LABELS.in(
        json,
        () -> {
          json.writeStartObject();
          for (int i = 0; i < labels.size(); i++) {
            json.writeStringField(labels.name(i), labels.value(i));
          }
          json.writeEndObject();
        });
  }

  /// Labels that are not a label set, such as a rule's labels with templates.
  static void writeLabels(JsonGenerator json, String field, Map<String, String> labels)
      throws IOException {
    json.writeFieldName(field);
    GoEscapes.LABELS.in(
        json,
        () -> {
          json.writeStartObject();
          for (var label : labels.entrySet()) {
            json.writeStringField(label.getKey(), label.getValue());
          }
          json.writeEndObject();
        });
  }

  /// Writes an array of strings.
  public static void writeStrings(JsonGenerator json, List<String> texts) throws IOException {
    json.writeStartArray();
    for (String text : texts) {
      json.writeString(text);
    }
    json.writeEndArray();
  }

  private static void writeTexts(JsonGenerator json, String field, List<String> texts)
      throws IOException {
    if (!texts.isEmpty()) {
      json.writeFieldName(field);
      writeStrings(json, texts);
    }
  }
}
