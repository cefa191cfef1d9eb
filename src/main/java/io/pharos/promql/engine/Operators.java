package io.pharos.promql.engine;

import io.pharos.promql.ast.BinaryOp;

/// What the binary operators make of two numbers.
final class Operators {
  private Operators() {}

  /// The result of an arithmetic operator, or 1 and 0 for a comparison that holds or does not.
  static double apply(BinaryOp op, double left, double right) {
    return switch (op) {
      case ADD -> left + right;
      case SUBTRACT -> left - right;
      case MULTIPLY -> left * right;
      case DIVIDE -> left / right;
      case MODULO -> left % right;
      case POWER -> power(left, right);
      case ATAN2 -> Math.atan2(left, right);
      case EQUAL -> truth(left == right);
      case NOT_EQUAL -> truth(left != right);
      case GREATER -> truth(left > right);
      case LESS -> truth(left < right);
      case GREATER_OR_EQUAL -> truth(left >= right);
      case LESS_OR_EQUAL -> truth(left <= right);
      case AND, OR, UNLESS, TRIM_UPPER, TRIM_LOWER ->
          throw Failures.execution("operator " + op.symbol() + " is not defined between numbers");
    };
  }

  static boolean holds(BinaryOp op, double left, double right) {
    return apply(op, left, right) != 0;
  }

  /// As IEEE 754-2008 and Go have it: 1 to any power, and -1 to an infinite one, is 1.
  private static double power(double base, double exponent) {
    if (base == 1 || (base == -1 && Double.isInfinite(exponent))) {
      return 1;
    }
    return Math.pow(base, exponent);
  }

  private static double truth(boolean holds) {
    return holds ? 1 : 0;
  }
}
