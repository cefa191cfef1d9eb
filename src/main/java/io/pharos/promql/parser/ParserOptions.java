package io.pharos.promql.parser;

/// Enables parts of the language that Prometheus has behind feature flags.
///
/// @param experimentalFunctions `promql-experimental-functions`: functions and the aggregations
///   `limitk` and `limit_ratio`
/// @param durationExpressions arithmetic in ranges and offsets; on by default since Prometheus 3.14
/// @param extendedRangeSelectors `promql-extended-range-selectors`: `anchored` and `smoothed`
/// @param fillModifiers `promql-binop-fill-modifiers`: `fill`, `fill_left`, `fill_right`
public record ParserOptions(
    boolean experimentalFunctions,
    boolean durationExpressions,
    boolean extendedRangeSelectors,
    boolean fillModifiers) {
  /// Returns the defaults of Prometheus 3.14.
  public static ParserOptions defaults() {
    return new ParserOptions(false, true, false, false);
  }

  /// Enables everything.
  public static ParserOptions all() {
    return new ParserOptions(true, true, true, true);
  }
}
