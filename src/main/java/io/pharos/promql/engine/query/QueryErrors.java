package io.pharos.promql.engine.query;

import io.pharos.limits.heap.OverBudgetException;
import io.pharos.limits.work.CancelledException;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryException.Kind;

/// Error messages shared by several parts of the engine, in Prometheus' words.
public final class QueryErrors {
  private QueryErrors() {}

  /// A query that cannot be evaluated.
  public static QueryException execution(String message) {
    return new QueryException(Kind.EXECUTION, message);
  }

  /// A query that was cancelled or timed out.
  public static QueryException cancelled(CancelledException e) {
    return switch (e.reason()) {
      case GONE ->
          new QueryException(Kind.CANCELED, "query was canceled in expression evaluation", e);
      case LATE -> new QueryException(Kind.TIMEOUT, "query timed out in expression evaluation", e);
    };
  }

  /// A query that exceeded its memory limit or found too little free memory.
  public static QueryException over(OverBudgetException e) {
    return new QueryException(
        e.isPassing() ? Kind.BUSY : Kind.EXECUTION, "the memory of queries: " + e.reason(), e);
  }

  /// Two series of a result with equal labels.
  public static QueryException sameLabelset() {
    return execution("vector cannot contain metrics with the same labelset");
  }
}
