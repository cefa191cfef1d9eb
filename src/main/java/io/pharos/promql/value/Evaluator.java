package io.pharos.promql.value;

import java.time.Duration;

/// Evaluates PromQL: the embedded engine, or a remote one over HTTP. Safe for many threads.
public interface Evaluator {
  /// The value of an expression at one time.
  ///
  /// @param timestampMillis Unix milliseconds
  /// @throws QueryException when the expression is refused or can't be evaluated; never a partial
  ///   answer
  QueryResult instant(String expression, long timestampMillis);

  /// The values of an expression at `from`, `from + step`, … up to `to`: a [RangeMatrix] sorted by
  /// labels.
  ///
  /// @throws QueryException as for [#instant]
  QueryResult range(String expression, long fromMillis, long toMillis, Duration step);
}
