package io.pharos.gate.judge;

/// Adds likelihood ratios that are given by their logarithms, because the likelihood ratio of 10^6
/// requests would overflow a double.
final class LogSpace {
  private LogSpace() {}

  /// Returns the logarithm of the sum of the ratios with these logarithms.
  static double sum(double... logs) {
    double best = Double.NEGATIVE_INFINITY;
    for (double log : logs) {
      best = Math.max(best, log);
    }
    if (best == Double.NEGATIVE_INFINITY) {
      return best;
    }
    double sum = 0;
    for (double log : logs) {
      sum += Math.exp(log - best);
    }
    return best + Math.log(sum);
  }

  /// Returns the logarithm of the mean of the ratios with these logarithms.
  static double mean(double... logs) {
    return sum(logs) - Math.log(logs.length);
  }
}
