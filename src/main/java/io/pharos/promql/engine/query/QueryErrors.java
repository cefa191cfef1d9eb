package io.pharos.promql.engine.query;

import io.pharos.limits.heap.OverBudgetException;
import io.pharos.limits.work.CancelledException;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryException.Kind;

/// Creates errors that several parts of the engine throw, in Prometheus' words.
public final class QueryErrors {
  private QueryErrors() {}

  /// Creates the error of a query that cannot be evaluated.
  public static QueryException execution(String message) {
    return new QueryException(Kind.EXECUTION, message);
  }

  /// Creates the error of a query that was cancelled or timed out.
  public static QueryException cancelled(CancelledException e) {
    return switch (e.reason()) {
      case GONE ->
          new QueryException(Kind.CANCELED, "query was canceled in expression evaluation", e);
      case LATE -> new QueryException(Kind.TIMEOUT, "query timed out in expression evaluation", e);
    };
  }

  /// Creates the error of a query that exceeded its memory limit or found too little free memory.
  public static QueryException over(OverBudgetException e) {
    return new QueryException(
        e.isTemporary() ? Kind.BUSY : Kind.EXECUTION, "the memory of queries: " + e.reason(), e);
  }

  /// Creates the error of a result in which two series have equal labels.
  public static QueryException sameLabelset() {
    return execution("vector cannot contain metrics with the same labelset");
  }
}
