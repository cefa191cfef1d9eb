package io.pharos.lint.flow;

import io.pharos.model.GoFloat;
import io.pharos.promql.ast.BinaryOp;

/// The values, except NaN, that samples of an expression can have.
///
/// @param lowOpen whether `low` itself is excluded
/// @param highOpen whether `high` itself is excluded
public record ValueRange(double low, boolean lowOpen, double high, boolean highOpen) {
  /// All values.
  public static final ValueRange ANY = closed(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);

  /// Zero and above.
  public static final ValueRange NOT_NEGATIVE = closed(0, Double.POSITIVE_INFINITY);

  /// Returns a range that includes both bounds.
  public static ValueRange closed(double low, double high) {
    return new ValueRange(low, false, high, false);
  }

  /// Returns a range with a single value.
  public static ValueRange point(double value) {
    return closed(value, value);
  }

  /// Returns whether the range has no values.
  public boolean isEmpty() {
    return low > high || (low == high && (lowOpen || highOpen));
  }

  /// Returns whether the range has exactly one value.
  public boolean isPoint() {
    return low == high && !lowOpen && !highOpen;
  }

  /// Returns whether the range contains a value.
  public boolean contains(double value) {
    return (value > low || (value == low && !lowOpen))
        && (value < high || (value == high && !highOpen));
  }

  /// Returns a range that contains all values of this range for which a comparison with a number is
  /// true; for `!=` usually this range unchanged.
  public ValueRange where(BinaryOp op, double number) {
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

  /// Returns the values that both ranges contain.
  public ValueRange and(ValueRange other) {
    boolean otherLow = other.low > low || (other.low == low && other.lowOpen);
    boolean otherHigh = other.high < high || (other.high == high && other.highOpen);
    return new ValueRange(
        otherLow ? other.low : low,
        otherLow ? other.lowOpen : lowOpen,
        otherHigh ? other.high : high,
        otherHigh ? other.highOpen : highOpen);
  }

  /// Returns the smallest range that contains both ranges.
  public ValueRange or(ValueRange other) {
    boolean otherLow = other.low < low || (other.low == low && !other.lowOpen);
    boolean otherHigh = other.high > high || (other.high == high && !other.highOpen);
    return new ValueRange(
        otherLow ? other.low : low,
        otherLow ? other.lowOpen : lowOpen,
        otherHigh ? other.high : high,
        otherHigh ? other.highOpen : highOpen);
  }

  /// Returns the range of the negated values.
  public ValueRange negated() {
    return new ValueRange(-high, /* lowOpen= */ highOpen, -low, /* highOpen= */ lowOpen);
  }

  /// Returns the range of all sums of a value of this range and a value of the other.
  public ValueRange plus(ValueRange other) {
    double from = low + other.low;
    double to = high + other.high;
    return Double.isNaN(from) || Double.isNaN(to)
        ? ANY
        : new ValueRange(from, lowOpen || other.lowOpen, to, highOpen || other.highOpen);
  }

  /// Returns the range of the values multiplied by a positive number.
  public ValueRange times(double positive) {
    return new ValueRange(low * positive, lowOpen, high * positive, highOpen);
  }

  /// Returns whether no value is negative.
  public boolean isNotNegative() {
    return low >= 0;
  }

  /// Returns the range in words, for messages.
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
