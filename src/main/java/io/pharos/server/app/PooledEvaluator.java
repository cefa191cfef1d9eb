package io.pharos.server.app;

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

/// Evaluates queries of rules and gates on a pool, because their virtual threads must not occupy
/// carriers. Interrupting the caller cancels its query.
final class PooledEvaluator implements Evaluator {
  private final Evaluator evaluator;
  private final WorkPool pool;
  private final Duration timeout;

  /// @param timeout how long a query may wait for a thread
  PooledEvaluator(Evaluator evaluator, WorkPool pool, Duration timeout) {
    this.evaluator = evaluator;
    this.pool = pool;
    this.timeout = timeout;
  }

  @Override
  public QueryResult evaluate(Query query) {
    try {
      return pool.call(new Cancellation(), timeout, () -> evaluator.evaluate(query));
    } catch (BusyException e) {
      throw new QueryException(QueryException.Kind.TIMEOUT, e.text(), e);
    } catch (CancelledException e) {
      throw new QueryException(QueryException.Kind.CANCELED, "query was canceled", e);
    }
  }

  @Override
  public Evaluator keeping(List<Expr> asked) {
    return new PooledEvaluator(evaluator.keeping(asked), pool, timeout);
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
