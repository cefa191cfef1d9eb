package io.pharos.promql.engine;

import io.pharos.model.GoMath;
import io.pharos.model.Quoted;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.engine.query.QueryErrors;

/// Binary operators on two numbers.
final class Operators {
  private Operators() {}

  /// Applies an arithmetic operator; a comparison returns 1 or 0.
  static double apply(BinaryOp op, double left, double right) {
    return switch (op) {
      case ADD -> left + right;
      case SUBTRACT -> left - right;
      case MULTIPLY -> left * right;
      case DIVIDE -> left / right;
      case MODULO -> left % right;
      case POWER -> GoMath.power(left, right);
      case ATAN2 -> Math.atan2(left, right);
      case EQUAL -> truth(left == right);
      case NOT_EQUAL -> truth(left != right);
      case GREATER -> truth(left > right);
      case LESS -> truth(left < right);
      case GREATER_OR_EQUAL -> truth(left >= right);
      case LESS_OR_EQUAL -> truth(left <= right);
      case AND, OR, UNLESS, TRIM_UPPER, TRIM_LOWER ->
          throw QueryErrors.execution(
              "operator " + Quoted.of(op.symbol()) + " not allowed for Scalar operations");
    };
  }

  private static double truth(boolean holds) {
    return holds ? 1 : 0;
  }
}
