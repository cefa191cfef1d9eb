package io.pharos.rules;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;

/// Returns scripted results for expressions and records the evaluation times.
final class ScriptedEvaluator implements Evaluator {
  private final Map<String, LongFunction<Value>> answers = new HashMap<>();
  private final Map<String, List<String>> warnings = new HashMap<>();
  final List<Long> askedAt = new ArrayList<>();
  final List<Query> asked = new ArrayList<>();

  /// Sets the samples of an expression: labels in PromQL's form without quotes, each followed by a
  /// value, which is a number or a histogram.
  void give(String expression, Object... labelsAndValues) {
    warnings.remove(expression);
    answers.put(
        expression,
        at -> {
          var vector = InstantVector.builder(at);
          for (int i = 0; i < labelsAndValues.length; i += 2) {
            Labels labels = (Labels) labelsAndValues[i];
            if (labelsAndValues[i + 1] instanceof Histogram histogram) {
              vector.add(labels, histogram);
            } else {
              vector.add(labels, ((Number) labelsAndValues[i + 1]).doubleValue());
            }
          }
          return vector.build();
        });
  }

  /// Sets an empty result with a warning of the engine.
  void warn(String expression, String warning) {
    give(expression);
    warnings.put(expression, List.of(warning));
  }

  void answer(String expression, LongFunction<Value> answer) {
    answers.put(expression, answer);
  }

  void fail(String expression, String message) {
    answers.put(
        expression,
        _ -> {
          throw new QueryException(QueryException.Kind.UNAVAILABLE, message);
        });
  }

  @Override
  public QueryResult evaluate(Query query) {
    String expression = query.text();
    long timestampMillis = ((Query.At) query.span()).millis();
    asked.add(query);
    askedAt.add(timestampMillis);
    LongFunction<Value> answer = answers.get(expression);
    return new QueryResult(
        answer == null
            ? InstantVector.builder(timestampMillis).build()
            : answer.apply(timestampMillis),
        warnings.getOrDefault(expression, List.of()),
        List.of());
  }
}
