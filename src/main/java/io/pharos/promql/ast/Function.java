package io.pharos.promql.ast;

import static io.pharos.promql.ast.ValueType.MATRIX;
import static io.pharos.promql.ast.ValueType.SCALAR;
import static io.pharos.promql.ast.ValueType.STRING;
import static io.pharos.promql.ast.ValueType.VECTOR;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// All functions of Prometheus 3 with the types of their arguments and results. `FunctionTable` of
/// the engine lists their implementations.
public enum Function {
  ABS(VECTOR, VECTOR),
  ABSENT(VECTOR, VECTOR),
  ABSENT_OVER_TIME(VECTOR, MATRIX),
  ACOS(VECTOR, VECTOR),
  ACOSH(VECTOR, VECTOR),
  ASIN(VECTOR, VECTOR),
  ASINH(VECTOR, VECTOR),
  ATAN(VECTOR, VECTOR),
  ATANH(VECTOR, VECTOR),
  AVG_OVER_TIME(VECTOR, MATRIX),
  CEIL(VECTOR, VECTOR),
  CHANGES(VECTOR, MATRIX),
  CLAMP(VECTOR, VECTOR, SCALAR, SCALAR),
  CLAMP_MAX(VECTOR, VECTOR, SCALAR),
  CLAMP_MIN(VECTOR, VECTOR, SCALAR),
  COS(VECTOR, VECTOR),
  COSH(VECTOR, VECTOR),
  COUNT_OVER_TIME(VECTOR, MATRIX),
  DAYS_IN_MONTH(Trait.READS_TIME, 1, VECTOR, VECTOR),
  DAY_OF_MONTH(Trait.READS_TIME, 1, VECTOR, VECTOR),
  DAY_OF_WEEK(Trait.READS_TIME, 1, VECTOR, VECTOR),
  DAY_OF_YEAR(Trait.READS_TIME, 1, VECTOR, VECTOR),
  DEG(VECTOR, VECTOR),
  DELTA(VECTOR, MATRIX),
  DERIV(VECTOR, MATRIX),
  DOUBLE_EXPONENTIAL_SMOOTHING(Trait.EXPERIMENTAL, 0, VECTOR, MATRIX, SCALAR, SCALAR),
  END(Trait.EXPERIMENTAL, 0, SCALAR),
  EXP(VECTOR, VECTOR),
  FIRST_OVER_TIME(VECTOR, MATRIX),
  FLOOR(VECTOR, VECTOR),
  HISTOGRAM_AVG(VECTOR, VECTOR),
  HISTOGRAM_COUNT(VECTOR, VECTOR),
  HISTOGRAM_FRACTION(VECTOR, SCALAR, SCALAR, VECTOR),
  HISTOGRAM_QUANTILE(VECTOR, SCALAR, VECTOR),
  HISTOGRAM_QUANTILES(Trait.EXPERIMENTAL, 9, VECTOR, VECTOR, STRING, SCALAR, SCALAR),
  HISTOGRAM_STDDEV(VECTOR, VECTOR),
  HISTOGRAM_STDVAR(VECTOR, VECTOR),
  HISTOGRAM_SUM(VECTOR, VECTOR),
  HOUR(Trait.READS_TIME, 1, VECTOR, VECTOR),
  IDELTA(VECTOR, MATRIX),
  INCREASE(VECTOR, MATRIX),
  INFO(Trait.EXPERIMENTAL, 1, VECTOR, VECTOR, VECTOR),
  IRATE(VECTOR, MATRIX),
  LABEL_JOIN(-1, VECTOR, VECTOR, STRING, STRING, STRING),
  LABEL_REPLACE(VECTOR, VECTOR, STRING, STRING, STRING, STRING),
  LAST_OVER_TIME(VECTOR, MATRIX),
  LN(VECTOR, VECTOR),
  LOG10(VECTOR, VECTOR),
  LOG2(VECTOR, VECTOR),
  MAD_OVER_TIME(Trait.EXPERIMENTAL, 0, VECTOR, MATRIX),
  MAX_OF(Trait.EXPERIMENTAL, 0, SCALAR, SCALAR, SCALAR),
  MAX_OVER_TIME(VECTOR, MATRIX),
  MINUTE(Trait.READS_TIME, 1, VECTOR, VECTOR),
  MIN_OF(Trait.EXPERIMENTAL, 0, SCALAR, SCALAR, SCALAR),
  MIN_OVER_TIME(VECTOR, MATRIX),
  MONTH(Trait.READS_TIME, 1, VECTOR, VECTOR),
  PI(SCALAR),
  PREDICT_LINEAR(Trait.READS_TIME, 0, VECTOR, MATRIX, SCALAR),
  PRESENT_OVER_TIME(VECTOR, MATRIX),
  QUANTILE_OVER_TIME(VECTOR, SCALAR, MATRIX),
  RAD(VECTOR, VECTOR),
  RANGE(Trait.EXPERIMENTAL, 0, SCALAR),
  RATE(VECTOR, MATRIX),
  RESETS(VECTOR, MATRIX),
  ROUND(1, VECTOR, VECTOR, SCALAR),
  SCALAR_OF("scalar", SCALAR, VECTOR),
  SGN(VECTOR, VECTOR),
  SIN(VECTOR, VECTOR),
  SINH(VECTOR, VECTOR),
  SORT(VECTOR, VECTOR),
  SORT_BY_LABEL(Trait.EXPERIMENTAL, -1, VECTOR, VECTOR, STRING),
  SORT_BY_LABEL_DESC(Trait.EXPERIMENTAL, -1, VECTOR, VECTOR, STRING),
  SORT_DESC(VECTOR, VECTOR),
  SQRT(VECTOR, VECTOR),
  START(Trait.EXPERIMENTAL, 0, SCALAR),
  START_TIMESTAMP(Trait.EXPERIMENTAL, 0, VECTOR, VECTOR),
  STDDEV_OVER_TIME(VECTOR, MATRIX),
  STDVAR_OVER_TIME(VECTOR, MATRIX),
  STEP(Trait.EXPERIMENTAL, 0, SCALAR),
  SUM_OVER_TIME(VECTOR, MATRIX),
  TAN(VECTOR, VECTOR),
  TANH(VECTOR, VECTOR),
  TIME(Trait.READS_TIME, 0, SCALAR),
  TIMESTAMP(Trait.READS_TIME, 0, VECTOR, VECTOR),
  TS_OF_FIRST_OVER_TIME(Trait.EXPERIMENTAL, 0, VECTOR, MATRIX),
  TS_OF_LAST_OVER_TIME(Trait.EXPERIMENTAL, 0, VECTOR, MATRIX),
  TS_OF_MAX_OVER_TIME(Trait.EXPERIMENTAL, 0, VECTOR, MATRIX),
  TS_OF_MIN_OVER_TIME(Trait.EXPERIMENTAL, 0, VECTOR, MATRIX),
  VECTOR_OF("vector", VECTOR, SCALAR),
  YEAR(Trait.READS_TIME, 1, VECTOR, VECTOR);

  private enum Trait {
    NONE,
    EXPERIMENTAL,
    READS_TIME
  }

  private static final Map<String, Function> BY_NAME = new HashMap<>();

  static {
    for (Function function : values()) {
      BY_NAME.put(function.symbol, function);
    }
  }

  private final String symbol;
  private final Trait trait;

  /// The number of optional arguments; negative if the last argument may be repeated.
  private final int optional;

  private final ValueType result;

  @SuppressWarnings("ImmutableEnumChecker") // List.of is immutable
  private final List<ValueType> arguments;

  Function(ValueType result, ValueType... arguments) {
    this(Trait.NONE, 0, result, arguments);
  }

  Function(String symbol, ValueType result, ValueType... arguments) {
    this.symbol = symbol;
    this.trait = Trait.NONE;
    this.optional = 0;
    this.result = result;
    this.arguments = List.of(arguments);
  }

  Function(int optional, ValueType result, ValueType... arguments) {
    this(Trait.NONE, optional, result, arguments);
  }

  Function(Trait trait, int optional, ValueType result, ValueType... arguments) {
    this.symbol = name().toLowerCase(Locale.ROOT);
    this.trait = trait;
    this.optional = optional;
    this.result = result;
    this.arguments = List.of(arguments);
  }

  /// Returns the function with this name, or null if Prometheus has none.
  public static @Nullable Function named(String name) {
    return BY_NAME.get(name);
  }

  /// Returns the name of the function in PromQL.
  public String symbol() {
    return symbol;
  }

  /// Returns whether Prometheus enables the function only by the feature flag
  /// `promql-experimental-functions`.
  public boolean isExperimental() {
    return trait == Trait.EXPERIMENTAL;
  }

  /// Returns whether the value depends on the evaluation time even if `@` fixes all selectors.
  /// Returns false for the experimental functions that return the query's own range.
  public boolean readsTime() {
    return trait == Trait.READS_TIME;
  }

  /// Returns whether the function computes at most one result series from each series of its
  /// argument, with the same labels except the metric name and the label `le` of histograms.
  public boolean isOfEachSeries() {
    return switch (this) {
      case ABS,
          AVG_OVER_TIME,
          CEIL,
          CHANGES,
          CLAMP,
          CLAMP_MAX,
          CLAMP_MIN,
          COUNT_OVER_TIME,
          DELTA,
          DERIV,
          EXP,
          FLOOR,
          HISTOGRAM_AVG,
          HISTOGRAM_COUNT,
          HISTOGRAM_FRACTION,
          HISTOGRAM_QUANTILE,
          HISTOGRAM_SUM,
          IDELTA,
          INCREASE,
          IRATE,
          LAST_OVER_TIME,
          LN,
          LOG10,
          LOG2,
          MAX_OVER_TIME,
          MIN_OVER_TIME,
          PREDICT_LINEAR,
          PRESENT_OVER_TIME,
          QUANTILE_OVER_TIME,
          RATE,
          RESETS,
          ROUND,
          SGN,
          SQRT,
          STDDEV_OVER_TIME,
          STDVAR_OVER_TIME,
          SUM_OVER_TIME,
          TIMESTAMP ->
          true;
      default -> false;
    };
  }

  /// Returns whether the function returns a value for an empty input (`absent` and
  /// `absent_over_time`).
  public boolean isOfAbsence() {
    return this == ABSENT || this == ABSENT_OVER_TIME;
  }

  /// Returns the type of the result.
  public ValueType result() {
    return result;
  }

  /// Returns the minimum number of arguments.
  public int minArguments() {
    return optional == 0 ? arguments.size() : arguments.size() - 1;
  }

  /// Returns the maximum number of arguments, or [Integer#MAX_VALUE] if unbounded.
  public int maxArguments() {
    return optional < 0 ? Integer.MAX_VALUE : minArguments() + optional;
  }

  /// Returns the type of argument `i`; the last type applies to all further arguments.
  public ValueType argument(int i) {
    return arguments.get(Math.min(i, arguments.size() - 1));
  }
}
