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

/// An evaluator that refuses an expression if Pharos cannot observe some of its series at the
/// moment because of own trouble. Otherwise the result would silently lack these series.
record GapAwareEvaluator(Evaluator evaluator, ObservationGaps gaps, TimeContinuity continuity)
    implements Evaluator {
  @Override
  public QueryResult evaluate(Query query) {
    refuseGaps(query);
    return evaluator.evaluate(query);
  }

  private void refuseGaps(Query query) {
    int _ = continuity.check(); // a clock step becomes a gap
    if (gaps.gaps().isEmpty()) {
      return;
    }
    List<ObservationGaps.Gap> affecting;
    try {
      affecting =
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
    if (!affecting.isEmpty()) {
      throw new QueryException(QueryException.Kind.UNAVAILABLE, ObservationGaps.text(affecting));
    }
  }
}
