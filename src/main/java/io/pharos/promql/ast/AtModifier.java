package io.pharos.promql.ast;

/// The time at which `@` evaluates a selector or a subquery, instead of the evaluation time.
public sealed interface AtModifier {
  /// A literal time.
  ///
  /// @param millis Unix milliseconds
  record Timestamp(long millis) implements AtModifier {}

  /// `start()`: the start of the query's range.
  record Start() implements AtModifier {}

  /// `end()`: the end of the query's range.
  record End() implements AtModifier {}

  /// Returns the time in Unix milliseconds, for a query with the given range.
  default long resolve(long queryStartMillis, long queryEndMillis) {
    return switch (this) {
      case Timestamp(long millis) -> millis;
      case Start() -> queryStartMillis;
      case End() -> queryEndMillis;
    };
  }
}
