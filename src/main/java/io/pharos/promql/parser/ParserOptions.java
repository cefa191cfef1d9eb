package io.pharos.promql.parser;

/// Which parts of the language that Prometheus has behind a flag are open.
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
  /// What Prometheus 3.14 accepts without flags.
  public static ParserOptions defaults() {
    return new ParserOptions(false, true, false, false);
  }

  /// Everything.
  public static ParserOptions all() {
    return new ParserOptions(true, true, true, true);
  }
}
