package io.pharos.promql.ast;

/// The time to which `@` fixes a selector or a subquery.
public sealed interface AtModifier {
  /// A literal time.
  ///
  /// @param millis Unix milliseconds
  record Timestamp(long millis) implements AtModifier {}

  /// `start()`: the start of the query's range.
  record Start() implements AtModifier {}

  /// `end()`: the end of the query's range.
  record End() implements AtModifier {}

  /// Returns the time in Unix milliseconds, for a query with this range.
  default long resolve(long queryStartMillis, long queryEndMillis) {
    return switch (this) {
      case Timestamp(long millis) -> millis;
      case Start() -> queryStartMillis;
      case End() -> queryEndMillis;
    };
  }
}
