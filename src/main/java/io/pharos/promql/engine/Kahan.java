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
    error = error(sum, error, term, total);
    sum = total;
  }

  /// The error of a sum once a term was added to it.
  ///
  /// @param error before that
  /// @param total the sum and the term
  static double error(double sum, double error, double term, double total) {
    if (Double.isInfinite(total)) {
      return 0;
    }
    return error + (Math.abs(sum) >= Math.abs(term) ? (sum - total) + term : (term - total) + sum);
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
