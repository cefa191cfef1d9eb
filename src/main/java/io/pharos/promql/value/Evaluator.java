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

  /// Returns an evaluator with a cache for a caller that evaluates all these expression trees at
  /// increasing times. Results are the same; common subexpressions may be evaluated once between
  /// [#begin] and [#end].
  default Evaluator keeping(List<Expr> asked) {
    return this;
  }

  /// Starts a round of evaluations at one time. Until [#end], results reflect the store at the
  /// first use of each subexpression, plus writes reported by [#wrote].
  default void begin() {}

  /// Reports that the caller wrote samples of these metrics; later evaluations include them.
  default void wrote(Set<String> metrics) {}

  /// Ends a round of evaluations at one time.
  default void end() {}

  /// Releases cached state. Further evaluations work without a cache.
  default void forget() {}
}
