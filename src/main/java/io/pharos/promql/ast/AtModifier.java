package io.pharos.promql.ast;

/// The time that `@` fixes a selector or a subquery to.
public sealed interface AtModifier {
  /// A literal time.
  ///
  /// @param millis Unix milliseconds
  record Timestamp(long millis) implements AtModifier {}

  /// `start()`: the start of the query's range.
  record Start() implements AtModifier {}

  /// `end()`: the end of the query's range.
  record End() implements AtModifier {}

  /// The Unix milliseconds that this names in a query over a range.
  default long resolve(long queryStartMillis, long queryEndMillis) {
    return switch (this) {
      case Timestamp(long millis) -> millis;
      case Start() -> queryStartMillis;
      case End() -> queryEndMillis;
    };
  }
}
