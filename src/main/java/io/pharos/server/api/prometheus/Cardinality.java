package io.pharos.server.api.prometheus;

import io.pharos.model.Labels;
import io.pharos.server.api.JsonValue;
import io.pharos.tsdb.Tsdb;
import io.pharos.tsdb.Tsdb.HeadStats;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;

/// The names and values with the most series in memory, in the form of `status/tsdb`.
final class Cardinality {
  private record Count(String name, long value) {}

  private final Tsdb.HeadStats head;
  private final int limit;
  private final Map<String, Long> byMetric = new HashMap<>();
  private final Map<String, Long> byPair = new HashMap<>();
  private final Map<String, Set<String>> values = new HashMap<>();

  /// @param limit maximum length of each list
  Cardinality(HeadStats head, int limit) {
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

  JsonValue json() {
    return JsonValue.object(
        "headStats",
        JsonValue.object(
            "numSeries", head.series().size(),
            "numLabelPairs", byPair.size(),
            "chunkCount", head.chunks(),
            "minTime", head.minTime(),
            "maxTime", head.maxTime()),
        "seriesCountByMetricName",
        largest(byMetric, count -> count),
        "labelValueCountByLabelName",
        largest(values, texts -> (long) texts.size()),
        "memoryInBytesByLabelName",
        largest(values, Cardinality::bytes),
        "seriesCountByLabelValuePair",
        largest(byPair, count -> count));
  }

  private static long bytes(Set<String> texts) {
    return texts.stream().mapToLong(text -> text.getBytes(StandardCharsets.UTF_8).length).sum();
  }

  private <T> JsonValue largest(Map<String, T> counted, ToLongFunction<T> count) {
    return JsonValue.array(
        counted.entrySet().stream()
            .map(entry -> new Count(entry.getKey(), count.applyAsLong(entry.getValue())))
            .sorted(Comparator.comparingLong(Count::value).reversed().thenComparing(Count::name))
            .limit(limit)
            .toList(),
        one -> JsonValue.object("name", one.name(), "value", one.value()));
  }
}
