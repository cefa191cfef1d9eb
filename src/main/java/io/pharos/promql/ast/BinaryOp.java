package io.pharos.promql.ast;

/// PromQL's binary operators and their precedence.
public enum BinaryOp {
  OR("or", 1, Kind.SET),
  AND("and", 2, Kind.SET),
  UNLESS("unless", 2, Kind.SET),
  EQUAL("==", 3, Kind.COMPARISON),
  NOT_EQUAL("!=", 3, Kind.COMPARISON),
  GREATER(">", 3, Kind.COMPARISON),
  LESS("<", 3, Kind.COMPARISON),
  GREATER_OR_EQUAL(">=", 3, Kind.COMPARISON),
  LESS_OR_EQUAL("<=", 3, Kind.COMPARISON),
  ADD("+", 4, Kind.ARITHMETIC),
  SUBTRACT("-", 4, Kind.ARITHMETIC),
  MULTIPLY("*", 5, Kind.ARITHMETIC),
  DIVIDE("/", 5, Kind.ARITHMETIC),
  MODULO("%", 5, Kind.ARITHMETIC),
  ATAN2("atan2", 5, Kind.ARITHMETIC),
  /// Removes observations above a bound from a native histogram.
  TRIM_UPPER("</", 5, Kind.ARITHMETIC),
  /// Removes observations below a bound from a native histogram.
  TRIM_LOWER(">/", 5, Kind.ARITHMETIC),
  POWER("^", 6, Kind.ARITHMETIC);

  /// Families of operators. The family determines whether metric names are dropped, whether `bool`
  /// is allowed, and how the series of the two sides match.
  public enum Kind {
    ARITHMETIC,
    COMPARISON,
    SET
  }

  /// The precedence of a unary sign. It equals multiplication's, so `-1^2` is `-(1^2)`.
  public static final int UNARY_PRECEDENCE = 5;

  private final String symbol;
  private final int precedence;
  private final Kind kind;

  BinaryOp(String symbol, int precedence, Kind kind) {
    this.symbol = symbol;
    this.precedence = precedence;
    this.kind = kind;
  }

  /// Returns the operator as written in PromQL.
  public String symbol() {
    return symbol;
  }

  /// Returns the precedence; higher binds tighter.
  public int precedence() {
    return precedence;
  }

  /// Returns the family of the operator.
  public Kind kind() {
    return kind;
  }

  /// Returns whether the result is a different metric from the operands, so that the metric name is
  /// dropped.
  public boolean changesMetric() {
    return kind == Kind.ARITHMETIC && !isTrim();
  }

  /// Returns whether the operator trims native histograms.
  public boolean isTrim() {
    return this == TRIM_UPPER || this == TRIM_LOWER;
  }

  /// Returns whether the operator is a comparison.
  public boolean isComparison() {
    return kind == Kind.COMPARISON;
  }

  /// Returns whether the operator is `and`, `or` or `unless`.
  public boolean isSet() {
    return kind == Kind.SET;
  }

  /// Returns whether `a op b op c` is `a op (b op c)`.
  public boolean isRightAssociative() {
    return this == POWER;
  }
}
