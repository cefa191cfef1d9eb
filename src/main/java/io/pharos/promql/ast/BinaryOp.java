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

  /// Operator families; they decide whether names are dropped, `bool` is allowed, and how sides
  /// match.
  public enum Kind {
    ARITHMETIC,
    COMPARISON,
    SET
  }

  /// The precedence of a unary sign: that of multiplication, so `-1^2` is `-(1^2)`.
  public static final int UNARY_PRECEDENCE = 5;

  private final String symbol;
  private final int precedence;
  private final Kind kind;

  BinaryOp(String symbol, int precedence, Kind kind) {
    this.symbol = symbol;
    this.precedence = precedence;
    this.kind = kind;
  }

  /// The operator as written in PromQL.
  public String symbol() {
    return symbol;
  }

  /// Precedence; higher binds tighter.
  public int precedence() {
    return precedence;
  }

  /// Family of the operator.
  public Kind kind() {
    return kind;
  }

  /// Whether the result is a different metric from its operands, so the name is dropped.
  public boolean changesMetric() {
    return kind == Kind.ARITHMETIC && !isTrim();
  }

  /// Whether the operator trims native histograms.
  public boolean isTrim() {
    return this == TRIM_UPPER || this == TRIM_LOWER;
  }

  /// Whether the operator compares.
  public boolean isComparison() {
    return kind == Kind.COMPARISON;
  }

  /// Whether the operator is `and`, `or` or `unless`.
  public boolean isSet() {
    return kind == Kind.SET;
  }

  /// Whether `a op b op c` is `a op (b op c)`.
  public boolean isRightAssociative() {
    return this == POWER;
  }
}
