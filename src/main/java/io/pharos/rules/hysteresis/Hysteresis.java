package io.pharos.rules.hysteresis;

import io.pharos.model.PromDuration;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Printer;
import io.pharos.promql.ast.Span;
import io.pharos.promql.ast.ValueType;
import java.time.Duration;
import java.util.Locale;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/// What makes the alerts of a rule begin and end later than its expression, from `hysteresis` of
/// `pharos.yml`. The resulting expressions read the store, so that a restart, a gap of Pharos or a
/// missed evaluation is the same for them as for any rule.
///
/// @param atLeast in how many of the last [#of] evaluations the expression must return an alert
/// @param resolveAt the number with which the comparison of the expression continues firing alerts;
///   null if the expression does
public record Hysteresis(int atLeast, int of, @Nullable Double resolveAt) {
  /// Alerts begin and end with the expression.
  public static final Hysteresis NONE = new Hysteresis(1, 1, null);

  /// Returns whether several evaluations count.
  public boolean isCounted() {
    return of > 1;
  }

  /// Refuses an expression to which this does not fit.
  ///
  /// @throws IllegalArgumentException with the reason
  public void check(Expr expression) {
    if (expression.type() != ValueType.VECTOR) {
      throw new IllegalArgumentException(
          "its expression is a %s, expected a vector"
              .formatted(expression.type().toString().toLowerCase(Locale.ROOT)));
    }
    if (resolveAt != null) {
      var _ = loosened(expression, resolveAt);
    }
  }

  /// Returns the expression whose result are the alerts that were returned often enough, each with
  /// its last value.
  ///
  /// The steps of a subquery are multiples of the interval. So are the evaluations of a group with
  /// such a rule, so its steps are the evaluations.
  public String counted(Expr expression, Duration interval) {
    String evaluations =
        "(%s)[%s:%s]"
            .formatted(
                Printer.print(expression),
                PromDuration.format(interval.multipliedBy(of)),
                PromDuration.format(interval));
    return "last_over_time(%s) and count_over_time(%s) >= %d"
        .formatted(evaluations, evaluations, atLeast);
  }

  /// Returns the expression whose result are the firing alerts that continue; empty if that is the
  /// rule's own.
  public String continuing(Expr expression) {
    return resolveAt == null ? "" : Printer.print(loosened(expression, resolveAt));
  }

  /* Replaces the number of the comparison that starts the alerts. */
  private static Expr loosened(Expr expression, double resolveAt) {
    if (!(expression.unwrapped() instanceof Expr.Binary binary)) {
      throw notCompared();
    }
    return switch (binary.op()) {
      case AND, UNLESS -> replaced(binary, loosened(binary.left(), resolveAt), binary.right());
      case GREATER, GREATER_OR_EQUAL, LESS, LESS_OR_EQUAL -> comparison(binary, resolveAt);
      case OR,
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
          throw notCompared();
    };
  }

  private static Expr comparison(Expr.Binary binary, double resolveAt) {
    OptionalDouble left = number(binary.left());
    OptionalDouble right = number(binary.right());
    if (binary.returnBool() || left.isPresent() == right.isPresent()) {
      throw notCompared();
    }
    boolean isUpper =
        (binary.op() == BinaryOp.GREATER || binary.op() == BinaryOp.GREATER_OR_EQUAL)
            == right.isPresent();
    double trigger = right.isPresent() ? right.getAsDouble() : left.getAsDouble();
    if (isUpper ? resolveAt >= trigger : resolveAt <= trigger) {
      throw new IllegalArgumentException(
          "resolve_at: expected a number %s %s, as it fires at values %s it, found %s"
              .formatted(
                  isUpper ? "below" : "above",
                  number(trigger),
                  isUpper ? "above" : "below",
                  number(resolveAt)));
    }
    var bound = new Expr.NumberLiteral(resolveAt, false, binary.span());
    return right.isPresent()
        ? replaced(binary, binary.left(), bound)
        : replaced(binary, bound, binary.right());
  }

  private static String number(double value) {
    return Printer.print(new Expr.NumberLiteral(value, false, Span.NONE));
  }

  private static Expr replaced(Expr.Binary binary, Expr left, Expr right) {
    return new Expr.Binary(
        binary.op(), left, right, binary.returnBool(), binary.matching(), binary.span());
  }

  private static OptionalDouble number(Expr expression) {
    return switch (expression.unwrapped()) {
      case Expr.NumberLiteral literal -> OptionalDouble.of(literal.value());
      case Expr.Unary(Expr.Unary.Sign sign, Expr operand, _) -> {
        OptionalDouble inner = number(operand);
        yield inner.isPresent() && sign == Expr.Unary.Sign.MINUS
            ? OptionalDouble.of(-inner.getAsDouble())
            : inner;
      }
      default -> OptionalDouble.empty();
    };
  }

  private static IllegalArgumentException notCompared() {
    return new IllegalArgumentException(
        "resolve_at: expected an expression that compares values with a number, as in x > 90 or"
            + " x > 90 and y");
  }
}
