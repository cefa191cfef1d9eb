package io.pharos.gate.hindsight;

import io.pharos.gate.judge.CheckReport;
import java.util.List;
import java.util.Optional;
import org.apache.commons.statistics.distribution.BetaDistribution;
import org.jspecify.annotations.Nullable;

/// Estimates of the true rates of bad requests from the counts of a check, for people. No verdict
/// uses them, because they are not valid if computed repeatedly while a gate runs.
///
/// @param check id of the check
/// @param candidate 95 % interval of the candidate's rate of bad requests
/// @param baseline 95 % interval of the baseline's rate; null if the baseline has no requests
/// @param worse probability that the candidate's rate is higher, with a uniform prior; null if the
///   baseline has no requests
public record RateEstimate(
    String check, Interval candidate, @Nullable Interval baseline, @Nullable Double worse) {
  /// Probability that the rate is outside of its interval.
  private static final double OUTSIDE = 0.05;

  /// Probabilities whose quantiles divide the candidate's distribution into the parts that are
  /// integrated one by one. They are used from both ends.
  private static final double[] QUANTILES = {1e-12, 1e-6, 1e-3, 0.1, 0.5, 0.9};

  /// Number of intervals in Simpson's rule.
  private static final int STEPS = 256;

  /// A confidence interval of a rate between 0 and 1.
  public record Interval(double low, double high) {
    /// Returns the interval by Clopper and Pearson (1934), which contains the rate with a
    /// probability of at least 95 %.
    ///
    /// @param bad number of bad requests among `total`, which is positive
    static Interval of(long bad, long total) {
      return new Interval(
          bad == 0
              ? 0
              : BetaDistribution.of((double) bad, total - bad + 1.0)
                  .inverseCumulativeProbability(OUTSIDE / 2),
          bad == total
              ? 1
              : BetaDistribution.of(bad + 1.0, (double) (total - bad))
                  .inverseSurvivalProbability(OUTSIDE / 2));
    }
  }

  /// Returns the estimates for the checks that count requests.
  public static List<RateEstimate> of(List<CheckReport> checks) {
    return checks.stream().map(RateEstimate::of).flatMap(Optional::stream).toList();
  }

  private static Optional<RateEstimate> of(CheckReport check) {
    Optional<Sample> baselineSample = Sample.of(check.baselineBad(), check.baselineTotal());
    return Sample.of(check.bad(), check.total())
        .map(
            sample ->
                new RateEstimate(
                    check.id(),
                    Interval.of(sample.bad(), sample.total()),
                    baselineSample
                        .map(counts -> Interval.of(counts.bad(), counts.total()))
                        .orElse(null),
                    baselineSample
                        .map(
                            counts ->
                                worse(sample.bad(), sample.total(), counts.bad(), counts.total()))
                        .orElse(null)));
  }

  /// The number of bad requests, and of all requests.
  private record Sample(long bad, long total) {
    static Optional<Sample> of(@Nullable Long bad, @Nullable Long total) {
      return bad == null || total == null || total <= 0 || bad < 0 || bad > total
          ? Optional.empty()
          : Optional.of(new Sample(bad, total));
    }
  }

  /// Returns the probability that the candidate's rate is higher: integrates the candidate's
  /// density times the baseline's distribution, by Simpson's rule.
  static double worse(long bad, long total, long baselineBad, long baselineTotal) {
    BetaDistribution candidate = BetaDistribution.of(1.0 + bad, 1.0 + total - bad);
    BetaDistribution baseline =
        BetaDistribution.of(1.0 + baselineBad, 1.0 + baselineTotal - baselineBad);
    double sum = 0;
    double from = candidate.inverseCumulativeProbability(QUANTILES[0]);
    for (int i = 1; i < QUANTILES.length; i++) {
      double to = candidate.inverseCumulativeProbability(QUANTILES[i]);
      sum += simpson(candidate, baseline, from, to);
      from = to;
    }
    for (int i = 2; i >= 0; i--) {
      double to = candidate.inverseSurvivalProbability(QUANTILES[i]);
      sum += simpson(candidate, baseline, from, to);
      from = to;
    }
    return Math.clamp(sum, 0, 1);
  }

  private static double simpson(
      BetaDistribution candidate, BetaDistribution baseline, double from, double to) {
    double width = (to - from) / STEPS;
    double sum = 0;
    for (int i = 0; i <= STEPS; i++) {
      double x = from + i * width;
      double weight = i == 0 || i == STEPS ? 1 : i % 2 == 1 ? 4 : 2;
      sum += weight * candidate.density(x) * baseline.cumulativeProbability(x);
    }
    return sum * width / 3;
  }
}
