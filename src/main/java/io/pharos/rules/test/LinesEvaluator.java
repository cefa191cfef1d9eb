package io.pharos.rules.test;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.logql.LineEvaluation;
import io.pharos.logql.LineRange;
import io.pharos.logql.LogqlException;
import io.pharos.logql.LogqlQuery;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryResult;
import io.pharos.storage.Appender;
import io.pharos.storage.InMemoryStorage;
import java.util.List;

/// Evaluates LogQL for the log lines of a test. It computes functions over lines itself. The other
/// parts of an expression (sums, comparisons, `and`, `or`, `unless`) have the same meaning in
/// PromQL, so the PromQL engine evaluates them with the results of these functions.
final class LinesEvaluator implements Evaluator {
  private final List<LineEvaluation.Lines> lines;
  private final MeterRegistry registry;

  LinesEvaluator(List<LineEvaluation.Lines> lines, MeterRegistry registry) {
    this.lines = List.copyOf(lines);
    this.registry = registry;
  }

  @Override
  public QueryResult evaluate(Query query) {
    if (!(query.span() instanceof Query.At(long at))) {
      throw refused(new UnsupportedOperationException("a range query"));
    }
    var storage = new InMemoryStorage();
    var text = new StringBuilder();
    int from = 0;
    try (Appender appender = storage.appender()) {
      LogqlQuery parsed = LogqlQuery.parse(query.text());
      for (LineRange range : parsed.ranges()) {
        String name = "lines_" + range.begin();
        // Adding 0 drops the metric name, because results of LogQL have none.
        text.append(query.text(), from, range.begin()).append('(').append(name).append(" + 0) ");
        from = range.end();
        for (var value : LineEvaluation.of(range, lines, at).entrySet()) {
          appender.append(value.getKey().with("__name__", name), at, value.getValue());
        }
      }
      appender.commit();
    } catch (LogqlException | IllegalArgumentException e) {
      throw new QueryException(QueryException.Kind.BAD_DATA, String.valueOf(e.getMessage()), e);
    } catch (UnsupportedOperationException e) {
      throw refused(e);
    }
    text.append(query.text(), from, query.text().length());
    var engine = new Engine(storage, EngineOptions.defaults(), System::nanoTime, registry);
    return engine.instant(text.toString(), at);
  }

  private static QueryException refused(UnsupportedOperationException e) {
    return new QueryException(
        QueryException.Kind.BAD_DATA,
        "Pharos' evaluator of LogQL does not support this: " + e.getMessage(),
        e);
  }
}
