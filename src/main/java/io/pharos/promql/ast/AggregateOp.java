package io.pharos.promql.ast;

import org.jspecify.annotations.Nullable;

/// PromQL's aggregation operators with the types of their parameters.
public enum AggregateOp {
  SUM("sum", null, false),
  AVG("avg", null, false),
  COUNT("count", null, false),
  MIN("min", null, false),
  MAX("max", null, false),
  GROUP("group", null, false),
  STDDEV("stddev", null, false),
  STDVAR("stdvar", null, false),
  TOPK("topk", ValueType.SCALAR, false),
  BOTTOMK("bottomk", ValueType.SCALAR, false),
  COUNT_VALUES("count_values", ValueType.STRING, false),
  QUANTILE("quantile", ValueType.SCALAR, false),
  LIMITK("limitk", ValueType.SCALAR, true),
  LIMIT_RATIO("limit_ratio", ValueType.SCALAR, true);

  private final String symbol;
  private final @Nullable ValueType parameter;
  private final boolean experimental;

  AggregateOp(String symbol, @Nullable ValueType parameter, boolean experimental) {
    this.symbol = symbol;
    this.parameter = parameter;
    this.experimental = experimental;
  }

  /// Returns the name of the operator in PromQL.
  public String symbol() {
    return symbol;
  }

  /// Returns the type of the parameter before the vector, or null if the operator has none.
  public @Nullable ValueType parameter() {
    return parameter;
  }

  /// Returns whether Prometheus enables the operator only by a feature flag.
  public boolean isExperimental() {
    return experimental;
  }

  /// Returns whether the result consists of series of the input instead of one series per group.
  public boolean keepsSeries() {
    return switch (this) {
      case TOPK, BOTTOMK, LIMITK, LIMIT_RATIO -> true;
      case SUM, AVG, COUNT, MIN, MAX, GROUP, STDDEV, STDVAR, COUNT_VALUES, QUANTILE -> false;
    };
  }
}
