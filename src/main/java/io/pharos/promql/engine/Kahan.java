package io.pharos.promql.engine;

/// A sum that carries its rounding error along (Kahan's algorithm as improved by Neumaier), so that
/// the order of the terms hardly matters.
final class Kahan {
  private double sum;
  private double error;

  void reset() {
    sum = 0;
    error = 0;
  }

  void set(double newSum, double newError) {
    sum = newSum;
    error = newError;
  }

  void add(double term) {
    double total = sum + term;
    if (Double.isInfinite(total)) {
      error = 0;
    } else if (Math.abs(sum) >= Math.abs(term)) {
      error += (sum - total) + term;
    } else {
      error += (term - total) + sum;
    }
    sum = total;
  }

  /// The sum without the error.
  double plain() {
    return sum;
  }

  double error() {
    return error;
  }

  /// The sum with the error taken out.
  double value() {
    return sum + error;
  }
}
