package io.pharos.promql.value;

import java.time.Duration;

/// Evaluates PromQL: the embedded engine, or a remote one over HTTP. Safe for many threads.
@FunctionalInterface
public interface Evaluator {
  /// The answer to a query.
  ///
  /// @throws QueryException when the expression is refused or can't be evaluated; never a partial
  ///   answer
  QueryResult evaluate(Query query);

  /// The value of an expression at one time, in Unix milliseconds.
  ///
  /// @throws QueryException as for [#evaluate]
  default QueryResult instant(String expression, long timestampMillis) {
    return evaluate(Query.at(expression, timestampMillis));
  }

  /// The values of an expression at many times.
  ///
  /// @throws QueryException as for [#evaluate]
  default QueryResult range(String expression, long fromMillis, long toMillis, Duration step) {
    return evaluate(Query.over(expression, fromMillis, toMillis, step));
  }
}
