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

  /// An evaluator for somebody who asks the same expressions, each as the same tree, at one time
  /// after the other: it may keep what it needs for the next time. What it answers is the same.
  default Evaluator keeping() {
    return this;
  }

  /// Gives back what is kept for the next time. It answers from then on without.
  default void forget() {}
}
