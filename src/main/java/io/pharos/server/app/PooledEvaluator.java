package io.pharos.server.app;

import static java.util.Objects.requireNonNull;

import io.pharos.limits.work.BusyException;
import io.pharos.limits.work.Cancellation;
import io.pharos.limits.work.CancelledException;
import io.pharos.limits.work.WorkPool;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.QueryBounds;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryResult;
import java.time.Duration;
import java.util.function.Supplier;

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
  public QueryResult instant(String expression, long timestampMillis) {
    return call(() -> evaluator.instant(expression, timestampMillis));
  }

  @Override
  public QueryResult range(String expression, long fromMillis, long toMillis, Duration step) {
    return call(() -> evaluator.range(expression, fromMillis, toMillis, step));
  }

  @Override
  public QueryResult instant(String expression, long timestampMillis, QueryBounds bounds) {
    return call(() -> evaluator.instant(expression, timestampMillis, bounds));
  }

  @Override
  public QueryResult range(
      String expression, long fromMillis, long toMillis, Duration step, QueryBounds bounds) {
    return call(() -> evaluator.range(expression, fromMillis, toMillis, step, bounds));
  }

  private QueryResult call(Supplier<QueryResult> query) {
    try {
      return pool.call(new Cancellation(), patience, query);
    } catch (BusyException e) {
      throw new QueryException(QueryException.Kind.TIMEOUT, e.text(), e);
    } catch (CancelledException e) {
      throw new QueryException(QueryException.Kind.CANCELED, "query was canceled", e);
    }
  }
}
