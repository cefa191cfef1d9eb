package io.pharos.server.web;

import io.pharos.model.GoFloat;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Printer;
import io.pharos.promql.ast.ValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/// A condition of an expression, as one chart shows it: the compared series instead of the
/// comparison's result, so that the distance from the bounds is visible.
///
/// @param joined operator before it: `and`, `or`, `unless`; empty for the first
/// @param drawn expressions of the drawn series; several if they share their bounds
/// @param bounds numbers in comparisons; empty without a comparison
/// @param limits expressions in comparisons
record ChartedCondition(String joined, List<Expr> drawn, List<Bound> bounds, List<Limit> limits) {
  ChartedCondition {
    drawn = List.copyOf(drawn);
    bounds = List.copyOf(bounds);
    limits = List.copyOf(limits);
  }

  /// A comparison with a number.
  record Bound(BinaryOp op, double value) {
    boolean holds(double measured) {
      return switch (op) {
        case EQUAL -> measured == value;
        case NOT_EQUAL -> measured != value;
        case GREATER -> measured > value;
        case LESS -> measured < value;
        case GREATER_OR_EQUAL -> measured >= value;
        case LESS_OR_EQUAL -> measured <= value;
        case OR,
            AND,
            UNLESS,
            ADD,
            SUBTRACT,
            MULTIPLY,
            DIVIDE,
            MODULO,
            ATAN2,
            TRIM_UPPER,
            TRIM_LOWER,
            POWER ->
            throw new IllegalStateException(op + " is not a comparison");
      };
    }
  }

  /// A comparison with an expression.
  record Limit(BinaryOp op, Expr expr) {}

  /// Splits an expression at `and`, `or` and `unless` into conditions, in the order of its text.
  /// Adjacent conditions with equal bounds become one.
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
    ChartedCondition next = single(inner.withoutSpans(), joined);
    if (!found.isEmpty() && found.getLast().isLike(next)) {
      found.add(found.removeLast().with(next));
    } else {
      found.add(next);
    }
  }

  /* Burn rate alerts compare two windows with one threshold. */
  private boolean isLike(ChartedCondition next) {
    return !next.joined.equals(BinaryOp.UNLESS.symbol())
        && !(bounds.isEmpty() && limits.isEmpty())
        && bounds.equals(next.bounds)
        && limits.equals(next.limits);
  }

  private ChartedCondition with(ChartedCondition next) {
    var all = new ArrayList<>(drawn);
    next.drawn.stream().filter(expr -> !all.contains(expr)).forEach(all::add);
    return new ChartedCondition(joined, all, bounds, limits);
  }

  private static ChartedCondition single(Expr expr, String joined) {
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
    return switch (op) {
      case GREATER -> BinaryOp.LESS;
      case LESS -> BinaryOp.GREATER;
      case GREATER_OR_EQUAL -> BinaryOp.LESS_OR_EQUAL;
      case LESS_OR_EQUAL -> BinaryOp.GREATER_OR_EQUAL;
      case OR,
          AND,
          UNLESS,
          EQUAL,
          NOT_EQUAL,
          ADD,
          SUBTRACT,
          MULTIPLY,
          DIVIDE,
          MODULO,
          ATAN2,
          TRIM_UPPER,
          TRIM_LOWER,
          POWER ->
          op;
    };
  }

  /// The value of a constant expression, such as `3 * 86400`; empty for others.
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
        yield left.isPresent() && right.isPresent()
            ? arithmetic(binary.op(), left.getAsDouble(), right.getAsDouble())
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

  private static OptionalDouble arithmetic(BinaryOp op, double left, double right) {
    return switch (op) {
      case ADD -> OptionalDouble.of(left + right);
      case SUBTRACT -> OptionalDouble.of(left - right);
      case MULTIPLY -> OptionalDouble.of(left * right);
      case DIVIDE -> OptionalDouble.of(left / right);
      case MODULO -> OptionalDouble.of(left % right);
      case POWER -> OptionalDouble.of(Math.pow(left, right));
      case OR,
          AND,
          UNLESS,
          EQUAL,
          NOT_EQUAL,
          GREATER,
          LESS,
          GREATER_OR_EQUAL,
          LESS_OR_EQUAL,
          ATAN2,
          TRIM_UPPER,
          TRIM_LOWER ->
          OptionalDouble.empty();
    };
  }

  /// Whether a value meets all bounds.
  boolean holds(double measured) {
    return bounds.stream().allMatch(bound -> bound.holds(measured));
  }

  /// The bounds as text: `> 85 and < 95`.
  String boundText() {
    var parts = new ArrayList<String>();
    bounds
        .reversed()
        .forEach(bound -> parts.add(bound.op().symbol() + " " + GoFloat.general(bound.value())));
    limits
        .reversed()
        .forEach(
            limit -> parts.add(limit.op().symbol() + " the dashed " + Printer.print(limit.expr())));
    return String.join(" and ", parts);
  }
}
