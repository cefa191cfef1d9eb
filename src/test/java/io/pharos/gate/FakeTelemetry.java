package io.pharos.gate;

import io.pharos.gate.observe.FiringAlerts;
import io.pharos.model.Labels;
import io.pharos.model.PromDuration;
import io.pharos.model.StaleMarker;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.RangeMatrix;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/// Telemetry that tests write: raw samples by selector, alerts, and switches for faults.
public class FakeTelemetry implements Evaluator, FiringAlerts {
  private final Map<String, Map<Labels, TreeMap<Long, Double>>> samples = new LinkedHashMap<>();
  public boolean down;
  public FiringAlerts.Answer alerts;

  /// Adds a sample to a series of a selector.
  public void add(String selector, Labels labels, long millis, double value) {
    samples
        .computeIfAbsent(selector, _ -> new TreeMap<>())
        .computeIfAbsent(labels, _ -> new TreeMap<>())
        .put(millis, value);
  }

  public void add(String selector, long millis, double value) {
    add(selector, Labels.of("instance", "a"), millis, value);
  }

  /// Removes all samples of a selector's series.
  public void forget(String selector) {
    samples.remove(selector);
  }

  /// Sets a quiet state: rules were just evaluated and nothing fires.
  public void quiet(Instant now) {
    alerts = new FiringAlerts.Answer.Known(12, now, List.of());
  }

  @Override
  public FiringAlerts.Answer read(Instant now, Predicate<Map<String, String>> matters) {
    return alerts;
  }

  @Override
  public QueryResult evaluate(Query query) {
    String expression = query.text();
    long timestampMillis = ((Query.At) query.span()).millis();
    if (down) {
      throw new QueryException(QueryException.Kind.UNAVAILABLE, "the store can't be read");
    }
    int bracket = expression.lastIndexOf('[');
    if (bracket < 0) {
      return now(expression, timestampMillis);
    }
    long window =
        PromDuration.parseMillis(expression.substring(bracket + 1, expression.length() - 1));
    var series = new ArrayList<RangeMatrix.Series>();
    samples
        .getOrDefault(expression.substring(0, bracket), Map.of())
        .forEach(
            (labels, all) -> {
              var part =
                  new TreeMap<>(all.subMap(timestampMillis - window, false, timestampMillis, true));
              part.values().removeIf(StaleMarker::is);
              if (!part.isEmpty()) {
                series.add(
                    new RangeMatrix.Series(
                        labels,
                        part.keySet().stream().mapToLong(Long::longValue).toArray(),
                        part.values().stream().mapToDouble(Double::doubleValue).toArray()));
              }
            });
    return QueryResult.of(new RangeMatrix(series));
  }

  /// Returns the result of a selector at a time: the last sample of five minutes, unless a
  /// staleness marker follows it.
  private QueryResult now(String selector, long timestampMillis) {
    var vector = InstantVector.builder(timestampMillis);
    samples
        .getOrDefault(selector, Map.of())
        .forEach(
            (labels, all) -> {
              var last = all.floorEntry(timestampMillis);
              if (last != null
                  && last.getKey() > timestampMillis - 300_000
                  && !StaleMarker.is(last.getValue())) {
                vector.add(labels, last.getValue());
              }
            });
    return QueryResult.of(vector.build());
  }
}
