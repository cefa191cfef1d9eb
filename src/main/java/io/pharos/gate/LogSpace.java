package io.pharos.gate;

/// Sums of what is known by its logarithm: 10^6 requests would overflow a double.
final class LogSpace {
  private LogSpace() {}

  /// The logarithm of the sum of what these are the logarithms of.
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

  /// The logarithm of their mean.
  static double mean(double... logs) {
    return sum(logs) - Math.log(logs.length);
  }
}
