package io.pharos.promql.engine;

import io.pharos.limits.heap.OverBudgetException;
import io.pharos.limits.work.CancelledException;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryException.Kind;

/// Error messages shared by several parts of the engine, in Prometheus' words.
final class QueryErrors {
  private QueryErrors() {}

  static QueryException execution(String message) {
    return new QueryException(Kind.EXECUTION, message);
  }

  /// A query that was cancelled or timed out.
  static QueryException cancelled(CancelledException e) {
    return switch (e.reason()) {
      case GONE ->
          new QueryException(Kind.CANCELED, "query was canceled in expression evaluation", e);
      case LATE -> new QueryException(Kind.TIMEOUT, "query timed out in expression evaluation", e);
    };
  }

  /// A query that exceeded its memory limit or found too little free memory.
  static QueryException over(OverBudgetException e) {
    return new QueryException(
        e.isPassing() ? Kind.BUSY : Kind.EXECUTION, "the memory of queries: " + e.reason(), e);
  }

  static QueryException sameLabelset() {
    return execution("vector cannot contain metrics with the same labelset");
  }
}
