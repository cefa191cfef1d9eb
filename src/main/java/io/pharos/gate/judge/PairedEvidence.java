package io.pharos.gate.judge;

import io.pharos.gate.judge.AttributionEvidence.Interval;

/// The evidence about one kind of bad request, reduced if the bad requests come in bursts.
///
/// The requests of one burst are not independent, such as those of a pause of one side on a busy
/// machine. The evidence is reduced to its root; the degree is the size of the bursts, measured
/// before the deployment and in the intervals of both sides. A root of a degree of 1 or more never
/// makes evidence stronger, so the degree may depend on the judged data.
final class PairedEvidence {
  /// Minimum number of intervals with bad requests of the candidate before the evidence can be
  /// positive.
  static final int MIN_DISTINCT = 3;

  /// The number of intervals that the size measured or assumed before the deployment counts for.
  private static final double PRIOR_INTERVALS = 2;

  /// The largest degree. Larger bursts of one side are outages of it.
  private static final double MAX_DEGREE = 50;

  static final Interval NOTHING = new Interval(0, 0, 0, 0);

  private final AttributionEvidence evidence;
  private final AttributionEvidence better;
  private final double before;
  private final Side candidate = new Side();
  private final Side baseline = new Side();
  private Interval sum = NOTHING;
  private int distinct;

  /// @param theta0 permitted ratio of the candidate's rate of bad requests to the baseline's
  /// @param before size of the bursts before the deployment, at least 1
  PairedEvidence(double theta0, double before) {
    this.evidence = new AttributionEvidence(theta0);
    this.better = new AttributionEvidence(theta0);
    this.before = before;
  }

  void add(Interval interval) {
    evidence.add(interval);
    better.add(
        new Interval(
            /* candidate= */ interval.baseline(),
            /* baseline= */ interval.candidate(),
            /* candidateErrors= */ interval.baselineErrors(),
            /* baselineErrors= */ interval.candidateErrors()));
    candidate.add(interval.candidate(), interval.candidateErrors());
    baseline.add(interval.baseline(), interval.baselineErrors());
    sum =
        new Interval(
            sum.candidate() + interval.candidate(),
            sum.baseline() + interval.baseline(),
            sum.candidateErrors() + interval.candidateErrors(),
            sum.baselineErrors() + interval.baselineErrors());
    distinct += interval.candidateErrors() > 0 ? 1 : 0;
  }

  /// Returns the total counts of all intervals.
  Interval sum() {
    return sum;
  }

  /// Returns the degree of the root.
  double degree() {
    double chiSquare = candidate.chiSquare() + baseline.chiSquare();
    double freedom = candidate.freedom() + baseline.freedom();
    // One standard deviation of chi-square, so that chance does not weaken the evidence.
    double bursts = chiSquare - Math.sqrt(2 * freedom);
    return Math.clamp(
        (PRIOR_INTERVALS * before + bursts) / (PRIOR_INTERVALS + freedom), 1, MAX_DEGREE);
  }

  /// Returns the logarithm of the evidence. It is at most 0 until enough intervals had bad
  /// requests.
  double log() {
    double log = evidence.log();
    return log <= 0 || distinct < MIN_DISTINCT ? Math.min(0, log) : log / degree();
  }

  /// Returns the logarithm of the evidence that the baseline is worse than the candidate.
  double logBetter() {
    return better.log() / degree();
  }

  /// Pearson's chi-square of one side: the sum of (e - n p)² / (n p (1 - p)) over its intervals,
  /// with the side's own rate p.
  private static final class Side {
    private int intervals;
    private double requests;
    private double errors;
    private double squares;

    void add(long n, long e) {
      if (n > 0) {
        intervals++;
        requests += n;
        errors += e;
        squares += (double) e * e / n;
      }
    }

    /* sum (e² / n) - 2 p sum e + p² sum n, and p = sum e / sum n. */
    double chiSquare() {
      double p = errors / requests;
      return p > 0 && p < 1 ? Math.max(0, (squares - p * errors) / (p * (1 - p))) : 0;
    }

    double freedom() {
      return errors > 0 && errors < requests ? intervals - 1 : 0;
    }
  }
}
