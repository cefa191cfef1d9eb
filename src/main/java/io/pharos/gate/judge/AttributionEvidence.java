package io.pharos.gate.judge;

import java.util.List;

/// Evidence that the candidate fails more than `theta0` times as often as the baseline. It is an
/// e-process, which stays valid however often it is computed. A comparison fails if this evidence
/// is strong. The checks of a bound use it to distinguish errors of the candidate from an outage of
/// both sides.
final class AttributionEvidence {
  /* In an interval, the candidate has n_c requests and the baseline has n_b. Both have k errors
   * together; e_c of these are the candidate's. With w = n_c / (n_c + n_b), the evidence of each
   * theta is multiplied by
   *
   *     (theta / theta0)^e_c ((w theta0 + 1 - w) / (w theta + 1 - w))^k,
   *
   * and the total evidence is the mean over the thetas. Given k, e_c is hypergeometric; this
   * binomial form dominates it (Hoeffding 1963). So the evidence is a non-negative supermartingale
   * as long as the candidate fails at most theta0 times as often as the baseline, and Ville's
   * inequality bounds it at any time. Conditioning on k removes the error level that both sides
   * share, so shared outages and changes of the traffic weight do not matter (Lindon and Malek,
   * arXiv 2011.03567; Lindon and others, arXiv 2205.14762). */
  private static final double[] MULTIPLIERS = {1.5, 2, 3, 5, 10, 30};

  private final double theta0;
  private final double[] logs = new double[MULTIPLIERS.length];

  /// Creates the evidence before the first interval, which is 1.
  ///
  /// @param theta0 permitted ratio of the candidate's error rate to the baseline's
  AttributionEvidence(double theta0) {
    this.theta0 = theta0;
  }

  /// The counts of one interval: requests and errors of the candidate and of the baseline.
  record Interval(long candidate, long baseline, long candidateErrors, long baselineErrors) {
    /// Returns whether the counts are possible. They are impossible if a scrape reads the counter
    /// of errors after the counter of requests; the interval then ends at a later scrape.
    boolean isConsistent() {
      return candidateErrors >= 0
          && baselineErrors >= 0
          && candidateErrors <= candidate
          && baselineErrors <= baseline;
    }
  }

  /// Adds an interval.
  void add(Interval interval) {
    long requests = interval.candidate() + interval.baseline();
    long errors = interval.candidateErrors() + interval.baselineErrors();
    if (requests == 0 || errors == 0) {
      return; // the evidence does not change
    }
    double w = (double) interval.candidate() / requests;
    for (int j = 0; j < logs.length; j++) {
      double theta = theta0 * MULTIPLIERS[j];
      logs[j] +=
          interval.candidateErrors() * Math.log(MULTIPLIERS[j])
              + errors * (Math.log(w * theta0 + 1 - w) - Math.log(w * theta + 1 - w));
    }
  }

  /// Returns the natural logarithm of the evidence.
  double log() {
    return LogSpace.mean(logs);
  }

  /// Returns the natural logarithm of the evidence of intervals.
  static double log(double theta0, List<Interval> intervals) {
    var evidence = new AttributionEvidence(theta0);
    intervals.forEach(evidence::add);
    return evidence.log();
  }
}
