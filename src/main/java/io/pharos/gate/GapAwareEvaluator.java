package io.pharos.gate;

import static java.util.Objects.requireNonNull;

import io.pharos.promql.ast.Expr;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryResult;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.util.List;

/// An evaluator that has no answer while Pharos can't see, for reasons of its own, some of what an
/// expression looks at: what is left of the series would be taken for all of them.
record GapAwareEvaluator(Evaluator evaluator, ObservationGaps blindness, TimeContinuity continuity)
    implements Evaluator {
  GapAwareEvaluator {
    requireNonNull(evaluator, "evaluator is null");
    requireNonNull(blindness, "blindness is null");
    requireNonNull(continuity, "continuity is null");
  }

  @Override
  public QueryResult evaluate(Query query) {
    check(query);
    return evaluator.evaluate(query);
  }

  private void check(Query query) {
    int _ = continuity.check();
    if (blindness.gaps().isEmpty()) {
      return;
    }
    List<ObservationGaps.Gap> spots;
    try {
      spots =
          blindness.affecting(
              query
                  .tree()
                  .orElseGet(() -> PromqlParser.parse(query.text()))
                  .selectors()
                  .map(Expr.VectorSelector::matchers)
                  .toList());
    } catch (ParseException _) { // the evaluator says what is wrong with it
      return;
    }
    if (!spots.isEmpty()) {
      throw new QueryException(QueryException.Kind.UNAVAILABLE, ObservationGaps.text(spots));
    }
  }
}
