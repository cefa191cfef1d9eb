package io.pharos.gate;

import static java.util.Objects.requireNonNull;

import io.pharos.promql.ast.Expr;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.QueryBounds;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryResult;
import io.pharos.trouble.Blindness;
import io.pharos.trouble.Continuity;
import java.time.Duration;
import java.util.List;

/// An evaluator that has no answer while Pharos can't see, for reasons of its own, some of what an
/// expression looks at: what is left of the series would be taken for all of them.
record Sight(Evaluator evaluator, Blindness blindness, Continuity continuity) implements Evaluator {
  Sight {
    requireNonNull(evaluator, "evaluator is null");
    requireNonNull(blindness, "blindness is null");
    requireNonNull(continuity, "continuity is null");
  }

  @Override
  public QueryResult instant(String expression, long timestampMillis) {
    check(expression);
    return evaluator.instant(expression, timestampMillis);
  }

  @Override
  public QueryResult range(String expression, long fromMillis, long toMillis, Duration step) {
    check(expression);
    return evaluator.range(expression, fromMillis, toMillis, step);
  }

  @Override
  public QueryResult instant(String expression, long timestampMillis, QueryBounds bounds) {
    check(expression);
    return evaluator.instant(expression, timestampMillis, bounds);
  }

  @Override
  public QueryResult range(
      String expression, long fromMillis, long toMillis, Duration step, QueryBounds bounds) {
    check(expression);
    return evaluator.range(expression, fromMillis, toMillis, step, bounds);
  }

  private void check(String expression) {
    int _ = continuity.look();
    if (blindness.spots().isEmpty()) {
      return;
    }
    List<Blindness.Spot> spots;
    try {
      spots =
          blindness.behind(
              PromqlParser.parse(expression)
                  .selectors()
                  .map(Expr.VectorSelector::matchers)
                  .toList());
    } catch (ParseException _) { // the evaluator says what is wrong with it
      return;
    }
    if (!spots.isEmpty()) {
      throw new QueryException(QueryException.Kind.UNAVAILABLE, Blindness.text(spots));
    }
  }
}
