package io.pharos.gate.judge;

import java.util.List;

/// Estimates how many errors occur together: 1 if errors are independent, more if they come in
/// bursts, such as those of a client that retries.
public final class Dispersion {
  /* Pearson's chi-square over its degrees of freedom, which is the mean size of the bursts (more
   * exactly E[b^2] / E[b]). The error rate is estimated per block of intervals, and blocks are
   * weighted by their errors, so that a slow change of the rate does not count as bursts. Larger
   * bursts than MAX are outages, and attribution ignores an outage of both sides. */

  /// The divisor of the evidence's logarithm when the dispersion is unknown. It assumes that errors
  /// come in pairs.
  static final double UNKNOWN = 2;

  private static final double MAX = 10;

  /// Number of intervals for which one error rate is estimated.
  private static final int BLOCK = 30;

  private Dispersion() {}

  /// The counts of one interval.
  public record Bin(double requests, double errors) {}

  /// Estimates the size of bursts from intervals in order of time. Intervals without requests are
  /// ignored.
  ///
  /// @return 1 to 10
  public static double of(List<Bin> bins) {
    List<Bin> busy = bins.stream().filter(bin -> bin.requests() > 0).toList();
    double weighed = 0;
    double errors = 0;
    for (int from = 0; from + 1 < busy.size(); from += BLOCK) {
      List<Bin> block = busy.subList(from, Math.min(busy.size(), from + BLOCK));
      double bad = block.stream().mapToDouble(Bin::errors).sum();
      double p = bad / block.stream().mapToDouble(Bin::requests).sum();
      if (block.size() < 2 || !(p > 0 && p < 1)) {
        continue;
      }
      double chiSquare = 0;
      for (Bin bin : block) {
        double expected = bin.requests() * p;
        chiSquare += (bin.errors() - expected) * (bin.errors() - expected) / (expected * (1 - p));
      }
      weighed += bad * chiSquare / (block.size() - 1);
      errors += bad;
    }
    return errors == 0 ? 1 : Math.clamp(weighed / errors, 1, MAX);
  }
}
