package io.pharos.server.api.prometheus;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pharos.model.Labels;
import io.pharos.tsdb.Tsdb;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The names and values with the most series in memory, in the form of `status/tsdb`.
final class Cardinality {
  private record Count(String name, long value) {}

  private final Tsdb.HeadStats head;
  private final int limit;
  private final Map<String, Long> byMetric = new HashMap<>();
  private final Map<String, Long> byPair = new HashMap<>();
  private final Map<String, Set<String>> values = new HashMap<>();

  private Cardinality(Tsdb.HeadStats head, int limit) {
    this.head = head;
    this.limit = limit;
    for (Labels labels : head.series()) {
      byMetric.merge(labels.metricName(), 1L, Long::sum);
      labels.forEach(
          (name, value) -> {
            byPair.merge(name + "=" + value, 1L, Long::sum);
            values.computeIfAbsent(name, _ -> new HashSet<>()).add(value);
          });
    }
  }

  /// @param limit maximum length of each list
  static Cardinality of(Tsdb.HeadStats head, int limit) {
    return new Cardinality(head, limit);
  }

  void write(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeObjectFieldStart("headStats");
    json.writeNumberField("numSeries", head.series().size());
    json.writeNumberField("numLabelPairs", byPair.size());
    json.writeNumberField("chunkCount", head.chunks());
    json.writeNumberField("minTime", head.minTime());
    json.writeNumberField("maxTime", head.maxTime());
    json.writeEndObject();
    write(json, "seriesCountByMetricName", counts(byMetric));
    write(
        json,
        "labelValueCountByLabelName",
        values.entrySet().stream()
            .map(entry -> new Count(entry.getKey(), entry.getValue().size()))
            .toList());
    write(
        json,
        "memoryInBytesByLabelName",
        values.entrySet().stream()
            .map(entry -> new Count(entry.getKey(), bytes(entry.getValue())))
            .toList());
    write(json, "seriesCountByLabelValuePair", counts(byPair));
    json.writeEndObject();
  }

  private static List<Count> counts(Map<String, Long> map) {
    return map.entrySet().stream()
        .map(entry -> new Count(entry.getKey(), entry.getValue()))
        .toList();
  }

  private static long bytes(Set<String> texts) {
    return texts.stream().mapToLong(text -> text.getBytes(StandardCharsets.UTF_8).length).sum();
  }

  private void write(JsonGenerator json, String field, List<Count> counts) throws IOException {
    json.writeArrayFieldStart(field);
    List<Count> largest =
        counts.stream()
            .sorted(Comparator.comparingLong(Count::value).reversed().thenComparing(Count::name))
            .limit(limit)
            .toList();
    for (Count count : largest) {
      json.writeStartObject();
      json.writeStringField("name", count.name());
      json.writeNumberField("value", count.value());
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
