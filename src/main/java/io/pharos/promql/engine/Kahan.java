package io.pharos.promql.engine;

/// A compensated sum (Kahan's algorithm, improved by Neumaier), which hardly depends on the order
/// of its terms.
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

  /// Returns the accumulated error after adding a term.
  ///
  /// @param error error so far
  /// @param total rounded sum including the term
  static double error(double sum, double error, double term, double total) {
    if (Double.isInfinite(total)) {
      return 0;
    }
    return error + (Math.abs(sum) >= Math.abs(term) ? (sum - total) + term : (term - total) + sum);
  }

  /// Returns the uncompensated sum.
  double plain() {
    return sum;
  }

  double error() {
    return error;
  }

  /// Returns the compensated sum.
  double value() {
    return sum + error;
  }
}
