package io.pharos.lint;

import io.pharos.model.GoFloat;
import io.pharos.promql.ast.BinaryOp;

/// The values that the samples of an expression can have, NaN aside.
///
/// @param lowOpen whether `low` itself is not among them
/// @param highOpen whether `high` itself is not among them
record ValueRange(double low, boolean lowOpen, double high, boolean highOpen) {
  static final ValueRange ANY = closed(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
  static final ValueRange NOT_NEGATIVE = closed(0, Double.POSITIVE_INFINITY);

  static ValueRange closed(double low, double high) {
    return new ValueRange(low, false, high, false);
  }

  static ValueRange point(double value) {
    return closed(value, value);
  }

  boolean isEmpty() {
    return low > high || (low == high && (lowOpen || highOpen));
  }

  boolean isPoint() {
    return low == high && !lowOpen && !highOpen;
  }

  boolean contains(double value) {
    return (value > low || (value == low && !lowOpen))
        && (value < high || (value == high && !highOpen));
  }

  /// What a comparison with a number lets through.
  ValueRange where(BinaryOp op, double number) {
    return switch (op) {
      case GREATER -> and(new ValueRange(number, true, Double.POSITIVE_INFINITY, false));
      case GREATER_OR_EQUAL -> and(closed(number, Double.POSITIVE_INFINITY));
      case LESS -> and(new ValueRange(Double.NEGATIVE_INFINITY, false, number, true));
      case LESS_OR_EQUAL -> and(closed(Double.NEGATIVE_INFINITY, number));
      case EQUAL -> and(point(number));
      case NOT_EQUAL ->
          isPoint() && low == number ? new ValueRange(number, true, number, true) : this;
      default -> this;
    };
  }

  ValueRange and(ValueRange other) {
    boolean otherLow = other.low > low || (other.low == low && other.lowOpen);
    boolean otherHigh = other.high < high || (other.high == high && other.highOpen);
    return new ValueRange(
        otherLow ? other.low : low,
        otherLow ? other.lowOpen : lowOpen,
        otherHigh ? other.high : high,
        otherHigh ? other.highOpen : highOpen);
  }

  /// The values of both.
  ValueRange or(ValueRange other) {
    boolean otherLow = other.low < low || (other.low == low && !other.lowOpen);
    boolean otherHigh = other.high > high || (other.high == high && !other.highOpen);
    return new ValueRange(
        otherLow ? other.low : low,
        otherLow ? other.lowOpen : lowOpen,
        otherHigh ? other.high : high,
        otherHigh ? other.highOpen : highOpen);
  }

  ValueRange negated() {
    return new ValueRange(-high, /* lowOpen= */ highOpen, -low, /* highOpen= */ lowOpen);
  }

  ValueRange plus(ValueRange other) {
    double from = low + other.low;
    double to = high + other.high;
    return Double.isNaN(from) || Double.isNaN(to)
        ? ANY
        : new ValueRange(from, lowOpen || other.lowOpen, to, highOpen || other.highOpen);
  }

  /// The values times a positive number.
  ValueRange times(double positive) {
    return new ValueRange(low * positive, lowOpen, high * positive, highOpen);
  }

  boolean isNotNegative() {
    return low >= 0;
  }

  @Override
  public String toString() {
    if (isPoint()) {
      return "always " + GoFloat.plain(low);
    }
    if (high == Double.POSITIVE_INFINITY) {
      return (lowOpen ? "above " : "at least ") + GoFloat.plain(low);
    }
    if (low == Double.NEGATIVE_INFINITY) {
      return (highOpen ? "below " : "at most ") + GoFloat.plain(high);
    }
    return "between " + GoFloat.plain(low) + " and " + GoFloat.plain(high);
  }
}
