package io.pharos.lint.flow;

import io.pharos.lint.LintedRule;
import io.pharos.lint.RuleIndex;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.ValueType;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/// Infers the range of an expression's values.
public final class ValueFlow {
  private static final int MAX_DEPTH = 8;

  /// Metrics that are always 0 or 1.
  private static final Set<String> SWITCHES =
      Set.of("up", "probe_success", "prometheus_config_last_reload_successful");

  private final RuleIndex index;

  /// @param index rules whose results expressions read
  public ValueFlow(RuleIndex index) {
    this.index = index;
  }

  /// Returns whether a series is always 0 or 1.
  public static boolean isSwitch(Expr expr) {
    return expr.unwrapped() instanceof Expr.VectorSelector selector
        && SWITCHES.contains(RuleIndex.metric(selector));
  }

  /// Returns the range of the values of an expression.
  public ValueRange of(Expr expr) {
    return of(expr, 0);
  }

  private ValueRange of(Expr expr, int depth) {
    return switch (expr) {
      case Expr.NumberLiteral number ->
          Double.isNaN(number.value()) ? ValueRange.ANY : ValueRange.point(number.value());
      case Expr.StringLiteral _ -> ValueRange.ANY;
      case Expr.VectorSelector selector -> selector(selector, depth);
      case Expr.MatrixSelector matrix -> of(matrix.selector(), depth);
      case Expr.Subquery subquery -> of(subquery.inner(), depth);
      case Expr.Paren paren -> of(paren.inner(), depth);
      case Expr.Unary unary ->
          unary.sign() == Expr.Unary.Sign.MINUS
              ? of(unary.operand(), depth).negated()
              : of(unary.operand(), depth);
      case Expr.Aggregate aggregate -> aggregate(aggregate, depth);
      case Expr.Call call -> call(call, depth);
      case Expr.Binary binary -> binary(binary, depth);
    };
  }

  private ValueRange selector(Expr.VectorSelector selector, int depth) {
    List<LintedRule> recordings = index.recordings(selector);
    if (!recordings.isEmpty()) {
      return depth >= MAX_DEPTH
          ? ValueRange.ANY
          : recordings.stream()
              .map(rule -> of(rule.expr(), depth + 1))
              .reduce(ValueRange::or)
              .orElse(ValueRange.ANY);
    }
    String metric = RuleIndex.metric(selector);
    if (SWITCHES.contains(metric)) {
      return ValueRange.closed(0, 1);
    }
    if (metric.equals(RuleIndex.ALERTS)) {
      return ValueRange.point(1);
    }
    return metric.endsWith("_total") || metric.endsWith("_bucket")
        ? ValueRange.NOT_NEGATIVE
        : ValueRange.ANY;
  }

  private ValueRange aggregate(Expr.Aggregate aggregate, int depth) {
    ValueRange operand = of(aggregate.operand(), depth);
    return switch (aggregate.op()) {
      case COUNT, COUNT_VALUES -> ValueRange.closed(1, Double.POSITIVE_INFINITY);
      case GROUP -> ValueRange.point(1);
      case STDDEV, STDVAR -> ValueRange.NOT_NEGATIVE;
      case SUM ->
          operand.isNotNegative()
              ? new ValueRange(operand.low(), operand.lowOpen(), Double.POSITIVE_INFINITY, false)
              : ValueRange.ANY;
      case AVG, MIN, MAX, TOPK, BOTTOMK, LIMITK, LIMIT_RATIO -> operand;
      case QUANTILE -> ValueRange.ANY;
    };
  }

  private ValueRange call(Expr.Call call, int depth) {
    return switch (call.function()) {
      case ABSENT, ABSENT_OVER_TIME, PRESENT_OVER_TIME -> ValueRange.point(1);
      case COUNT_OVER_TIME -> ValueRange.closed(1, Double.POSITIVE_INFINITY);
      case RATE,
          IRATE,
          INCREASE,
          CHANGES,
          RESETS,
          ABS,
          EXP,
          SQRT,
          TIME,
          TIMESTAMP,
          STDDEV_OVER_TIME,
          STDVAR_OVER_TIME ->
          ValueRange.NOT_NEGATIVE;
      case HISTOGRAM_FRACTION -> ValueRange.closed(0, 1);
      case SGN -> ValueRange.closed(-1, 1);
      case MINUTE -> ValueRange.closed(0, 59);
      case HOUR -> ValueRange.closed(0, 23);
      case DAY_OF_WEEK -> ValueRange.closed(0, 6);
      case DAY_OF_MONTH -> ValueRange.closed(1, 31);
      case DAY_OF_YEAR -> ValueRange.closed(1, 366);
      case DAYS_IN_MONTH -> ValueRange.closed(28, 31);
      case MONTH -> ValueRange.closed(1, 12);
      case MIN_OVER_TIME,
          MAX_OVER_TIME,
          AVG_OVER_TIME,
          LAST_OVER_TIME,
          FIRST_OVER_TIME,
          VECTOR_OF,
          SORT,
          SORT_DESC,
          SORT_BY_LABEL,
          SORT_BY_LABEL_DESC,
          LABEL_REPLACE,
          LABEL_JOIN ->
          of(call.arguments().getFirst(), depth);
      case SUM_OVER_TIME, CEIL, FLOOR, ROUND ->
          of(call.arguments().getFirst(), depth).isNotNegative()
              ? ValueRange.NOT_NEGATIVE
              : ValueRange.ANY;
      case CLAMP -> clamp(call, 1, 2, depth);
      case CLAMP_MIN -> clamp(call, 1, -1, depth);
      case CLAMP_MAX -> clamp(call, -1, 1, depth);
      default -> ValueRange.ANY;
    };
  }

  private ValueRange clamp(Expr.Call call, int lowIndex, int highIndex, int depth) {
    ValueRange range = of(call.arguments().getFirst(), depth);
    OptionalDouble from =
        lowIndex < 0 ? OptionalDouble.empty() : number(call.arguments().get(lowIndex));
    OptionalDouble to =
        highIndex < 0 ? OptionalDouble.empty() : number(call.arguments().get(highIndex));
    if (from.isPresent()) {
      range =
          ValueRange.closed(
              Math.max(range.low(), from.getAsDouble()),
              Math.max(range.high(), from.getAsDouble()));
    }
    if (to.isPresent()) {
      range =
          ValueRange.closed(
              Math.min(range.low(), to.getAsDouble()), Math.min(range.high(), to.getAsDouble()));
    }
    return range;
  }

  private ValueRange binary(Expr.Binary binary, int depth) {
    if (binary.returnBool()) {
      return ValueRange.closed(0, 1);
    }
    if (binary.op().isComparison()) {
      return comparison(binary)
          .map(
              condition -> of(condition.operand(), depth).where(condition.op(), condition.number()))
          .orElseGet(() -> of(binary.left(), depth));
    }
    ValueRange left = of(binary.left(), depth);
    ValueRange right = of(binary.right(), depth);
    if (binary.op() == BinaryOp.DIVIDE && Share.isOf(binary.left(), binary.right())) {
      return ValueRange.closed(0, 1);
    }
    return switch (binary.op()) {
      case AND, UNLESS -> left;
      case OR -> left.or(right);
      case ADD -> left.plus(right);
      case SUBTRACT -> left.plus(right.negated());
      case MULTIPLY -> product(left, right);
      case DIVIDE ->
          right.isPoint() && right.low() > 0
              ? left.times(1 / right.low())
              : left.isNotNegative() && right.isNotNegative()
                  ? ValueRange.NOT_NEGATIVE
                  : ValueRange.ANY;
      default -> ValueRange.ANY;
    };
  }

  private static ValueRange product(ValueRange left, ValueRange right) {
    if (right.isPoint() && right.low() > 0 && right.low() < Double.POSITIVE_INFINITY) {
      return left.times(right.low());
    }
    if (left.isPoint() && left.low() > 0 && left.low() < Double.POSITIVE_INFINITY) {
      return right.times(left.low());
    }
    return left.isNotNegative() && right.isNotNegative() ? ValueRange.NOT_NEGATIVE : ValueRange.ANY;
  }

  /// A comparison of a vector with a number.
  ///
  /// @param op the operator with the vector on the left
  public record Condition(Expr operand, BinaryOp op, double number) {}

  /// Returns a comparison as a condition; empty unless one side is a vector and the other side a
  /// known number.
  public Optional<Condition> comparison(Expr.Binary binary) {
    if (!binary.op().isComparison() || binary.returnBool()) {
      return Optional.empty();
    }
    if (binary.left().type() == ValueType.VECTOR) {
      OptionalDouble number = number(binary.right());
      return number.isPresent()
          ? Optional.of(new Condition(binary.left(), binary.op(), number.getAsDouble()))
          : Optional.empty();
    }
    OptionalDouble number = number(binary.left());
    return number.isPresent()
        ? Optional.of(new Condition(binary.right(), mirrored(binary.op()), number.getAsDouble()))
        : Optional.empty();
  }

  /// Returns the value of a scalar expression; empty unless it is constant.
  private OptionalDouble number(Expr expr) {
    if (expr.type() != ValueType.SCALAR) {
      return OptionalDouble.empty();
    }
    ValueRange range = of(expr);
    return range.isPoint() ? OptionalDouble.of(range.low()) : OptionalDouble.empty();
  }

  private static BinaryOp mirrored(BinaryOp op) {
    return switch (op) {
      case GREATER -> BinaryOp.LESS;
      case LESS -> BinaryOp.GREATER;
      case GREATER_OR_EQUAL -> BinaryOp.LESS_OR_EQUAL;
      case LESS_OR_EQUAL -> BinaryOp.GREATER_OR_EQUAL;
      default -> op;
    };
  }
}
