package io.pharos.server.app;

import static java.util.Objects.requireNonNull;

import io.pharos.limits.work.BusyException;
import io.pharos.limits.work.Cancellation;
import io.pharos.limits.work.CancelledException;
import io.pharos.limits.work.WorkPool;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryResult;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/// Evaluates on a pool, for those who ask from virtual threads and must not take their carriers:
/// rules and gates. Who is interrupted while it waits cancels its query.
final class PooledEvaluator implements Evaluator {
  private final Evaluator evaluator;
  private final WorkPool pool;
  private final Duration patience;

  /// @param patience how long a query may wait for its turn
  PooledEvaluator(Evaluator evaluator, WorkPool pool, Duration patience) {
    this.evaluator = requireNonNull(evaluator, "evaluator is null");
    this.pool = requireNonNull(pool, "pool is null");
    this.patience = requireNonNull(patience, "patience is null");
  }

  @Override
  public QueryResult evaluate(Query query) {
    try {
      return pool.call(new Cancellation(), patience, () -> evaluator.evaluate(query));
    } catch (BusyException e) {
      throw new QueryException(QueryException.Kind.TIMEOUT, e.text(), e);
    } catch (CancelledException e) {
      throw new QueryException(QueryException.Kind.CANCELED, "query was canceled", e);
    }
  }

  @Override
  public Evaluator keeping(List<Expr> asked) {
    return new PooledEvaluator(evaluator.keeping(asked), pool, patience);
  }

  @Override
  public void begin() {
    evaluator.begin();
  }

  @Override
  public void wrote(Set<String> metrics) {
    evaluator.wrote(metrics);
  }

  @Override
  public void end() {
    evaluator.end();
  }

  @Override
  public void forget() {
    evaluator.forget();
  }
}
