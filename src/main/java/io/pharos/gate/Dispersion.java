package io.pharos.gate;

import java.util.List;

/// How many errors come together: 1 where they come alone, more where they come in bursts, as from
/// one client that tries again.
final class Dispersion {
  /* Pearson's chi-square over its degrees of freedom, which is the mean size of the bursts (more
   * exactly E[b^2] / E[b]). The level is taken anew every few minutes and blocks weigh by their
   * errors, so that a level that drifts does not look like bursts. What comes more than MOST at a
   * time is an outage rather than a burst, and attribution does not see an outage of both sides. */

  /// What evidence is tempered by where nothing is known: the errors of pairs.
  static final double UNKNOWN = 2;

  private static final double MOST = 10;
  private static final int BLOCK = 30;

  private Dispersion() {}

  /// Counts of one interval.
  record Bin(double requests, double errors) {}

  /// The estimate from intervals in order of time, 1 to 10. Intervals without requests say nothing.
  static double of(List<Bin> bins) {
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
    return errors == 0 ? 1 : Math.clamp(weighed / errors, 1, MOST);
  }
}
