package io.pharos.promql.ast;

import io.pharos.model.GoMath;
import java.util.OptionalDouble;

/// A duration in a range, a subquery or an offset: a literal, or arithmetic over literals and over
/// the step and range of the query.
public sealed interface DurationExpr {
  /// Returns the position of the duration in the source text.
  Span span();

  /// The operators between durations.
  enum Op {
    ADD("+", 1),
    SUBTRACT("-", 1),
    MULTIPLY("*", 2),
    DIVIDE("/", 2),
    MODULO("%", 2),
    POWER("^", 3);

    private final String symbol;
    private final int precedence;

    Op(String symbol, int precedence) {
      this.symbol = symbol;
      this.precedence = precedence;
    }

    /// Returns the operator as written in PromQL.
    public String symbol() {
      return symbol;
    }

    /// Returns the precedence; higher binds tighter.
    public int precedence() {
      return precedence;
    }
  }

  /// A literal such as `5m`, or `300`, which means the same number of seconds.
  ///
  /// @param withUnit whether the literal is written with a unit
  record Literal(double seconds, boolean withUnit, Span span) implements DurationExpr {}

  /// `step()`: the step of the range query, zero in an instant query.
  record Step(Span span) implements DurationExpr {}

  /// `range()`: end minus start of the range query, zero in an instant query.
  record Range(Span span) implements DurationExpr {}

  /// A negated duration.
  record Negated(DurationExpr operand, Span span) implements DurationExpr {}

  /// A parenthesized duration.
  record Paren(DurationExpr inner, Span span) implements DurationExpr {}

  /// `min_of(left, right)`, or `max_of(left, right)` if `max` is set.
  record Extreme(boolean max, DurationExpr left, DurationExpr right, Span span)
      implements DurationExpr {}

  /// A binary operation on two durations.
  record Binary(Op op, DurationExpr left, DurationExpr right, Span span) implements DurationExpr {}

  /// Returns a literal of whole milliseconds.
  static DurationExpr ofMillis(long millis) {
    return new Literal(millis / 1000.0, true, Span.NONE);
  }

  /// Returns the duration in seconds, for a query with the given step and range.
  ///
  /// @throws ArithmeticException on division or remainder by zero; the message names the operation
  default double seconds(double stepSeconds, double rangeSeconds) {
    return switch (this) {
      case Literal literal -> literal.seconds();
      case Step _ -> stepSeconds;
      case Range _ -> rangeSeconds;
      case Negated negated -> -negated.operand().seconds(stepSeconds, rangeSeconds);
      case Paren paren -> paren.inner().seconds(stepSeconds, rangeSeconds);
      case Extreme extreme -> {
        double left = extreme.left().seconds(stepSeconds, rangeSeconds);
        double right = extreme.right().seconds(stepSeconds, rangeSeconds);
        yield extreme.max() ? GoMath.max(left, right) : GoMath.min(left, right);
      }
      case Binary binary ->
          combine(
              binary.op(),
              binary.left().seconds(stepSeconds, rangeSeconds),
              binary.right().seconds(stepSeconds, rangeSeconds));
    };
  }

  /// Returns the duration in seconds; empty if it depends on the query or divides by zero.
  default OptionalDouble fixedSeconds() {
    try {
      return dependsOnQuery() ? OptionalDouble.empty() : OptionalDouble.of(seconds(0, 0));
    } catch (ArithmeticException _) { // the engine reports the error at each evaluation
      return OptionalDouble.empty();
    }
  }

  /// Returns whether this is a literal, with or without signs and parentheses.
  default boolean isLiteral() {
    return switch (this) {
      case Literal _ -> true;
      case Negated negated -> negated.operand() instanceof Literal;
      case Paren paren -> paren.inner().isLiteral();
      case Step _, Range _, Extreme _, Binary _ -> false;
    };
  }

  /// Returns whether the value depends on the query's step or range.
  default boolean dependsOnQuery() {
    return switch (this) {
      case Literal _ -> false;
      case Step _, Range _ -> true;
      case Negated negated -> negated.operand().dependsOnQuery();
      case Paren paren -> paren.inner().dependsOnQuery();
      case Extreme extreme -> extreme.left().dependsOnQuery() || extreme.right().dependsOnQuery();
      case Binary binary -> binary.left().dependsOnQuery() || binary.right().dependsOnQuery();
    };
  }

  /// Returns a copy without source positions.
  default DurationExpr withoutSpans() {
    return switch (this) {
      case Literal literal -> new Literal(literal.seconds(), literal.withUnit(), Span.NONE);
      case Step _ -> new Step(Span.NONE);
      case Range _ -> new Range(Span.NONE);
      case Negated negated -> new Negated(negated.operand().withoutSpans(), Span.NONE);
      case Paren paren -> new Paren(paren.inner().withoutSpans(), Span.NONE);
      case Extreme extreme ->
          new Extreme(
              extreme.max(),
              extreme.left().withoutSpans(),
              extreme.right().withoutSpans(),
              Span.NONE);
      case Binary binary ->
          new Binary(
              binary.op(), binary.left().withoutSpans(), binary.right().withoutSpans(), Span.NONE);
    };
  }

  private static double combine(Op op, double left, double right) {
    return switch (op) {
      case ADD -> left + right;
      case SUBTRACT -> left - right;
      case MULTIPLY -> left * right;
      case DIVIDE -> {
        if (right == 0) {
          throw new ArithmeticException("division by zero");
        }
        yield left / right;
      }
      case MODULO -> {
        if (right == 0) {
          throw new ArithmeticException("modulo by zero");
        }
        yield left % right;
      }
      case POWER -> GoMath.power(left, right);
    };
  }
}
