package io.pharos.server.web.query;

import static java.util.Objects.requireNonNull;

import io.pharos.model.GoFloat;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Printer;
import io.pharos.promql.ast.ValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.BiPredicate;
import java.util.function.DoubleBinaryOperator;

/// One condition of an expression, with the series, bounds and limits that its chart shows. The
/// chart shows the compared series instead of the result of the comparison, so that the distance of
/// the series from the bounds is visible.
///
/// @param joined operator before this condition: `and`, `or` or `unless`; empty for the first
///   condition
/// @param drawn expressions whose series are drawn; several if merged conditions compare them with
///   the same bounds and limits
/// @param bounds numbers that the series are compared with; may be empty
/// @param limits expressions that the series are compared with; may be empty
record ChartedCondition(String joined, List<Expr> drawn, List<Bound> bounds, List<Limit> limits) {
  ChartedCondition {
    drawn = List.copyOf(drawn);
    bounds = List.copyOf(bounds);
    limits = List.copyOf(limits);
  }

  private static final Map<BinaryOp, BiPredicate<Double, Double>> COMPARISONS =
      Map.of(
          BinaryOp.EQUAL, (left, right) -> (double) left == right,
          BinaryOp.NOT_EQUAL, (left, right) -> (double) left != right,
          BinaryOp.GREATER, (left, right) -> left > right,
          BinaryOp.LESS, (left, right) -> left < right,
          BinaryOp.GREATER_OR_EQUAL, (left, right) -> left >= right,
          BinaryOp.LESS_OR_EQUAL, (left, right) -> left <= right);

  private static final Map<BinaryOp, BinaryOp> MIRRORED =
      Map.of(
          BinaryOp.GREATER, BinaryOp.LESS,
          BinaryOp.LESS, BinaryOp.GREATER,
          BinaryOp.GREATER_OR_EQUAL, BinaryOp.LESS_OR_EQUAL,
          BinaryOp.LESS_OR_EQUAL, BinaryOp.GREATER_OR_EQUAL);

  private static final Map<BinaryOp, DoubleBinaryOperator> ARITHMETIC =
      Map.of(
          BinaryOp.ADD, (left, right) -> left + right,
          BinaryOp.SUBTRACT, (left, right) -> left - right,
          BinaryOp.MULTIPLY, (left, right) -> left * right,
          BinaryOp.DIVIDE, (left, right) -> left / right,
          BinaryOp.MODULO, (left, right) -> left % right,
          BinaryOp.POWER, Math::pow);

  record Bound(BinaryOp op, double value) {
    boolean holds(double measured) {
      return requireNonNull(COMPARISONS.get(op), op + " is not a comparison").test(measured, value);
    }
  }

  record Limit(BinaryOp op, Expr expr) {}

  /// Splits an expression at `and`, `or` and `unless` into conditions, in the order of the text.
  /// Merges adjacent conditions that have the same bounds and limits.
  static List<ChartedCondition> of(Expr expr) {
    var found = new ArrayList<ChartedCondition>();
    collect(expr, "", found);
    return found;
  }

  private static void collect(Expr expr, String joined, List<ChartedCondition> found) {
    Expr inner = expr.unwrapped();
    if (inner instanceof Expr.Binary binary && binary.op().isSet()) {
      collect(binary.left(), joined, found);
      collect(binary.right(), binary.op().symbol(), found);
      return;
    }
    ChartedCondition next = condition(inner.withoutSpans(), joined);
    if (!found.isEmpty() && found.getLast().canShareChartWith(next)) {
      found.add(found.removeLast().mergedWith(next));
    } else {
      found.add(next);
    }
  }

  /* Whether the next condition can share the chart of this one. Burn rate alerts, for example,
   * compare two windows with the same threshold. */
  private boolean canShareChartWith(ChartedCondition next) {
    return !next.joined.equals(BinaryOp.UNLESS.symbol())
        && !(bounds.isEmpty() && limits.isEmpty())
        && bounds.equals(next.bounds)
        && limits.equals(next.limits);
  }

  private ChartedCondition mergedWith(ChartedCondition next) {
    var merged = new ArrayList<>(drawn);
    next.drawn.stream().filter(expr -> !merged.contains(expr)).forEach(merged::add);
    return new ChartedCondition(joined, merged, bounds, limits);
  }

  private static ChartedCondition condition(Expr expr, String joined) {
    var bounds = new ArrayList<Bound>();
    var limits = new ArrayList<Limit>();
    Expr drawn = expr;
    while (drawn instanceof Expr.Binary binary
        && binary.op().isComparison()
        && !binary.returnBool()) {
      OptionalDouble left = constant(binary.left());
      OptionalDouble right = constant(binary.right());
      if (right.isPresent()) {
        bounds.add(new Bound(binary.op(), right.getAsDouble()));
        drawn = binary.left().unwrapped();
      } else if (left.isPresent()) {
        bounds.add(new Bound(mirrored(binary.op()), left.getAsDouble()));
        drawn = binary.right().unwrapped();
      } else if (binary.left().type() == ValueType.SCALAR) {
        limits.add(new Limit(mirrored(binary.op()), binary.left().unwrapped()));
        drawn = binary.right().unwrapped();
      } else {
        limits.add(new Limit(binary.op(), binary.right().unwrapped()));
        drawn = binary.left().unwrapped();
      }
    }
    return new ChartedCondition(joined, List.of(drawn), bounds, limits);
  }

  private static BinaryOp mirrored(BinaryOp op) {
    return MIRRORED.getOrDefault(op, op);
  }

  /// Returns the value of a constant expression, such as `3 * 86400`; empty if the expression is
  /// not constant.
  private static OptionalDouble constant(Expr expr) {
    return switch (expr.unwrapped()) {
      case Expr.NumberLiteral number -> OptionalDouble.of(number.value());
      case Expr.Unary(var sign, var operand, _) -> {
        OptionalDouble value = constant(operand);
        yield value.isPresent() && sign == Expr.Unary.Sign.MINUS
            ? OptionalDouble.of(-value.getAsDouble())
            : value;
      }
      case Expr.Binary binary -> {
        OptionalDouble left = constant(binary.left());
        OptionalDouble right = constant(binary.right());
        DoubleBinaryOperator arithmetic = ARITHMETIC.get(binary.op());
        yield left.isPresent() && right.isPresent() && arithmetic != null
            ? OptionalDouble.of(arithmetic.applyAsDouble(left.getAsDouble(), right.getAsDouble()))
            : OptionalDouble.empty();
      }
      case Expr.StringLiteral _,
          Expr.VectorSelector _,
          Expr.MatrixSelector _,
          Expr.Subquery _,
          Expr.Paren _,
          Expr.Aggregate _,
          Expr.Call _ ->
          OptionalDouble.empty();
    };
  }

  /// Whether a value meets all bounds.
  boolean holds(double measured) {
    return bounds.stream().allMatch(bound -> bound.holds(measured));
  }

  /// Returns the bounds and limits as text: `> 85 and < 95`.
  String boundText() {
    var parts = new ArrayList<String>();
    bounds
        .reversed()
        .forEach(bound -> parts.add(bound.op().symbol() + " " + GoFloat.general(bound.value())));
    limits
        .reversed()
        .forEach(
            limit ->
                parts.add(
                    limit.op().symbol() + " " + Printer.print(limit.expr()) + " (dashed line)"));
    return String.join(" and ", parts);
  }
}
