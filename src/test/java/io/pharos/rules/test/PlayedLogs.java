package io.pharos.rules.test;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.logql.LineEvaluation.Lines;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryResult;
import java.util.ArrayList;
import java.util.List;

/// A stub of Loki with given lines.
public final class PlayedLogs implements Evaluator {
  private final List<Lines> lines = new ArrayList<>();

  /// Adds lines.
  public void put(List<Lines> more) {
    lines.addAll(more);
  }

  @Override
  public QueryResult evaluate(Query query) {
    return new LinesEvaluator(lines, new SimpleMeterRegistry()).evaluate(query);
  }
}
