package io.pharos.promql.parser;

/// The optional parts of the language that are enabled. Prometheus enables them by feature flags.
///
/// @param experimentalFunctions `promql-experimental-functions`: experimental functions, and the
///   aggregations `limitk` and `limit_ratio`
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

  /// Returns options that enable all parts.
  public static ParserOptions all() {
    return new ParserOptions(true, true, true, true);
  }
}
