package io.pharos.promql.value;

import io.pharos.promql.ast.Expr;
import java.time.Duration;
import java.util.List;
import java.util.Set;

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
    return keeping(List.of());
  }

  /// As [#keeping()], for somebody who asks these expressions, all of them at each time: what is
  /// the same in several of them may be evaluated once between [#begin] and [#end].
  default Evaluator keeping(List<Expr> asked) {
    return this;
  }

  /// Says that the expressions are now asked of one time, one after the other. From here to [#end]
  /// an answer is of what was stored when its parts were first asked for, and of what [#wrote]
  /// tells.
  default void begin() {}

  /// Says that samples of these metrics were written by whoever asks: what is asked from now on
  /// sees them.
  default void wrote(Set<String> metrics) {}

  /// Says that all expressions were asked.
  default void end() {}

  /// Gives back what is kept for the next time. It answers from then on without.
  default void forget() {}
}
