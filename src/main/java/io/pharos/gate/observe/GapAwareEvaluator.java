package io.pharos.gate.observe;

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

/// An evaluator that refuses expressions over series that Pharos cannot observe at the moment
/// because of own trouble. Otherwise the remaining series would be taken for all series.
record GapAwareEvaluator(Evaluator evaluator, ObservationGaps gaps, TimeContinuity continuity)
    implements Evaluator {
  @Override
  public QueryResult evaluate(Query query) {
    check(query);
    return evaluator.evaluate(query);
  }

  private void check(Query query) {
    int _ = continuity.check();
    if (gaps.gaps().isEmpty()) {
      return;
    }
    List<ObservationGaps.Gap> spots;
    try {
      spots =
          gaps.affecting(
              query
                  .tree()
                  .orElseGet(() -> PromqlParser.parse(query.text()))
                  .selectors()
                  .map(Expr.VectorSelector::matchers)
                  .toList());
    } catch (ParseException _) { // the evaluator reports the error
      return;
    }
    if (!spots.isEmpty()) {
      throw new QueryException(QueryException.Kind.UNAVAILABLE, ObservationGaps.text(spots));
    }
  }
}
