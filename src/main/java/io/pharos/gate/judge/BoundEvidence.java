package io.pharos.gate.judge;

/// Evidence that the fraction of bad requests is below `pMax`, or that it is above `pMax`. It is an
/// e-process, which stays valid however often it is computed.
final class BoundEvidence {
  /* With e bad among n requests, each alternative p_j contributes
   *
   *     pi_j (p_j / p_max)^e ((1 - p_j) / (1 - p_max))^(n - e)
   *
   * and the sum is a non-negative supermartingale when the true fraction is at least p_max, so by
   * Ville's inequality it exceeds 1/alpha at any time with probability at most alpha (Lindon and
   * Malek, arXiv 2011.03567). The evidence that the fraction is above p_max uses alternatives above
   * p_max. Logarithms are summed, because the products for 10^6 requests overflow. */

  /// A check passes at this evidence that the fraction is below the bound: 20:1, that is alpha = 5
  /// %.
  static final double PASS_AT = 20;

  /// A check fails at this evidence that the fraction is above the bound: 100:1, that is alpha = 1
  /// %.
  static final double FAIL_AT = 100;

  private static final double[] BELOW_WEIGHTS = {0.4, 0.3, 0.2, 0.1};

  /// Maximum of the alternatives above the bound.
  private static final double CAP = 0.999;

  private BoundEvidence() {}

  /// Returns the natural logarithm of the evidence that the fraction is below `pMax`.
  static double logBelow(double pMax, long n, long bad) {
    double[] alternatives = {1e-6, pMax / 10, pMax / 4, pMax / 2};
    return logMixture(alternatives, BELOW_WEIGHTS, pMax, n, bad);
  }

  /// Returns the natural logarithm of the evidence that the fraction is above `pMax`.
  static double logAbove(double pMax, long n, long bad) {
    double[] alternatives = {
      Math.min(2 * pMax, CAP), Math.min(5 * pMax, CAP), Math.min(10 * pMax, CAP)
    };
    double third = 1.0 / 3;
    return logMixture(alternatives, new double[] {third, third, third}, pMax, n, bad);
  }

  private static double logMixture(
      double[] alternatives, double[] weights, double pMax, long n, long bad) {
    var logs = new double[alternatives.length];
    for (int j = 0; j < logs.length; j++) {
      double p = alternatives[j];
      logs[j] =
          Math.log(weights[j])
              + bad * Math.log(p / pMax)
              + (n - bad) * (Math.log1p(-p) - Math.log1p(-pMax));
    }
    return LogSpace.sum(logs);
  }

  /// Returns after how many further good requests the check passes; 0 if it passes now.
  static long needed(double pMax, long n, long bad) {
    double goal = Math.log(PASS_AT);
    if (logBelow(pMax, n, bad) >= goal) {
      return 0;
    }
    long high = 1;
    while (logBelow(pMax, n + high, bad) < goal) {
      high *= 2;
    }
    long low = high / 2;
    while (high - low > 1) {
      long middle = (low + high) / 2;
      if (logBelow(pMax, n + middle, bad) >= goal) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return high;
  }
}
