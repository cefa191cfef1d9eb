package io.pharos.promql.value;

import io.pharos.promql.ast.Expr;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/// Evaluates PromQL, by the embedded engine or by a remote one over HTTP. Thread-safe.
@FunctionalInterface
public interface Evaluator {
  /// Evaluates a query.
  ///
  /// @throws QueryException if the expression is refused or cannot be evaluated; results are never
  ///   partial
  QueryResult evaluate(Query query);

  /// Evaluates an expression at one time.
  ///
  /// @param timestampMillis Unix milliseconds
  /// @throws QueryException as for [#evaluate]
  default QueryResult instant(String expression, long timestampMillis) {
    return evaluate(Query.at(expression, timestampMillis));
  }

  /// Evaluates an expression at many times.
  ///
  /// @throws QueryException as for [#evaluate]
  default QueryResult range(String expression, long fromMillis, long toMillis, Duration step) {
    return evaluate(Query.over(expression, fromMillis, toMillis, step));
  }

  /// Returns an evaluator with a cache, for a caller that evaluates these expressions repeatedly at
  /// increasing times. Results are the same as without the cache. Between [#begin] and [#end], a
  /// subexpression that several expressions contain may be evaluated only once.
  ///
  /// @param expressions all expressions of the caller
  default Evaluator keeping(List<Expr> expressions) {
    return this;
  }

  /// Starts a round of evaluations of several expressions at one time. The value of a common
  /// subexpression is computed at its first use and cached until [#end], unless [#wrote] reports
  /// writes that may change it.
  default void begin() {}

  /// Reports that the caller wrote samples of these metrics. Later evaluations of the round include
  /// the samples.
  default void wrote(Set<String> metrics) {}

  /// Ends the round.
  default void end() {}

  /// Releases the memory of the cache. Further evaluations work without a cache.
  default void forget() {}
}
