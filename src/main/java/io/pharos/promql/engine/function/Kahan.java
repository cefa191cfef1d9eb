package io.pharos.promql.engine.function;

/// A compensated sum (Kahan's algorithm, improved by Neumaier). Its result hardly depends on the
/// order of the terms.
public final class Kahan {
  private double sum;
  private double error;

  void reset() {
    sum = 0;
    error = 0;
  }

  /// Sets the sum and its error.
  public void set(double newSum, double newError) {
    sum = newSum;
    error = newError;
  }

  /// Adds a term.
  public void add(double term) {
    double total = sum + term;
    error = error(sum, error, term, total);
    sum = total;
  }

  /// Returns the accumulated error after adding a term.
  ///
  /// @param error error so far
  /// @param total rounded sum including the term
  public static double error(double sum, double error, double term, double total) {
    if (Double.isInfinite(total)) {
      return 0;
    }
    return error + (Math.abs(sum) >= Math.abs(term) ? (sum - total) + term : (term - total) + sum);
  }

  /// Returns the uncompensated sum.
  public double plain() {
    return sum;
  }

  /// Returns the accumulated error.
  public double error() {
    return error;
  }

  /// Returns the compensated sum.
  public double value() {
    return sum + error;
  }
}
