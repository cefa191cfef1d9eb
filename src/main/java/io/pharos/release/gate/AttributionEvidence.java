package io.pharos.release.gate;

import java.util.List;

/// Evidence that the candidate errs more than `theta0` times as often as the baseline beside it,
/// valid however often one looks. Bounds use it to tell the candidate's bad requests from those of
/// an outage that both share.
final class AttributionEvidence {
  /* Per interval with n_c and n_b requests and k errors on both sides, of which e_c are the
   * candidate's, and w = n_c / (n_c + n_b): each theta contributes
   *
   *     (theta / theta0)^e_c ((w theta0 + 1 - w) / (w theta + 1 - w))^k.
   *
   * Conditioning on k removes the error level that both sides share (arXiv 2205.14762). */
  private static final double[] MULTIPLIERS = {1.5, 2, 3, 5, 10, 30};

  private AttributionEvidence() {}

  /// Counts of one interval: requests and errors of the candidate and of the baseline.
  record Interval(long candidate, long baseline, long candidateErrors, long baselineErrors) {}

  /// The natural logarithm of the evidence.
  static double log(double theta0, List<Interval> intervals) {
    var logs = new double[MULTIPLIERS.length];
    double best = Double.NEGATIVE_INFINITY;
    for (int j = 0; j < logs.length; j++) {
      logs[j] = logProduct(theta0, theta0 * MULTIPLIERS[j], intervals);
      best = Math.max(best, logs[j]);
    }
    double sum = 0;
    for (double log : logs) {
      sum += Math.exp(log - best);
    }
    return best + Math.log(sum / logs.length);
  }

  private static double logProduct(double theta0, double theta, List<Interval> intervals) {
    double log = 0;
    for (Interval interval : intervals) {
      long requests = interval.candidate() + interval.baseline();
      if (requests == 0) {
        continue;
      }
      double w = (double) interval.candidate() / requests;
      long errors = interval.candidateErrors() + interval.baselineErrors();
      log +=
          interval.candidateErrors() * Math.log(theta / theta0)
              + errors * (Math.log(w * theta0 + 1 - w) - Math.log(w * theta + 1 - w));
    }
    return log;
  }
}
