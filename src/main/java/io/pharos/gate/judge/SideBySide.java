package io.pharos.gate.judge;

import io.pharos.gate.judge.AttributionEvidence.Interval;
import java.util.Map;
import java.util.OptionalLong;

/// The requests of candidate and baseline in the intervals between observations, computed from
/// their growing counts.
final class SideBySide {
  private static final String ONE_KIND = "";

  private final IntervalCut<String> cut = new IntervalCut<>();
  private final PairedEvidence paired;
  private long alone;
  private long aloneBad;
  private int aloneDistinct;

  /// @param theta0 permitted ratio of the candidate's rate of bad requests to the baseline's
  SideBySide(double theta0) {
    paired = new PairedEvidence(theta0, Dispersion.UNKNOWN);
  }

  /// Adds the next observation.
  void add(Reading.Counts counts) {
    Reading.Counts baseline = counts.baseline();
    var sums =
        new Interval(
            Math.round(counts.total()),
            baseline == null ? 0 : Math.round(baseline.total()),
            Math.round(counts.bad()),
            baseline == null ? 0 : Math.round(baseline.bad()));
    OptionalLong scraped =
        baseline != null && baseline.series() > 0 && !baseline.gone()
            ? OptionalLong.of(baseline.newestMillis())
            : OptionalLong.empty();
    var reached = new IntervalCut.Reached<>(counts.newestMillis(), scraped, Map.of(ONE_KIND, sums));
    for (Interval interval : cut.end(reached).values()) {
      if (interval.baseline() > 0) {
        paired.add(interval);
      } else {
        alone += interval.candidate();
        aloneBad += interval.candidateErrors();
        aloneDistinct += interval.candidateErrors() > 0 ? 1 : 0;
      }
    }
  }

  /// Returns the evidence of the intervals in which the baseline had requests.
  PairedEvidence paired() {
    return paired;
  }

  /// Returns the number of the candidate's requests in intervals in which the baseline had no
  /// requests.
  long alone() {
    return alone;
  }

  /// Returns how many of the requests counted by [#alone] were bad.
  long aloneBad() {
    return aloneBad;
  }

  /// Returns the number of intervals in which the candidate had bad requests and the baseline had
  /// no requests.
  int aloneDistinct() {
    return aloneDistinct;
  }
}
