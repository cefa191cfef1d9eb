package io.pharos.gate.judge;

import io.pharos.gate.judge.AttributionEvidence.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// The requests of candidate and baseline in the intervals between observations, computed from
/// their growing counts.
final class SideBySide {
  private final IntervalCut cut = new IntervalCut();
  private final List<Interval> paired = new ArrayList<>();
  private long alone;
  private long aloneBad;
  private int aloneDistinct;

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
    var reached = new IntervalCut.Reached(counts.newestMillis(), scraped, List.of(sums));
    for (Interval interval : cut.end(reached)) {
      if (interval.baseline() > 0) {
        paired.add(interval);
      } else {
        alone += interval.candidate();
        aloneBad += interval.candidateErrors();
        aloneDistinct += interval.candidateErrors() > 0 ? 1 : 0;
      }
    }
  }

  /// Returns the intervals in which the baseline had requests.
  List<Interval> paired() {
    return List.copyOf(paired);
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
