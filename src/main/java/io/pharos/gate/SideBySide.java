package io.pharos.gate;

import io.pharos.gate.AttributionEvidence.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// What candidate and baseline did between observations, from counts that grow.
final class SideBySide {
  private final IntervalCut cut = new IntervalCut();
  private final List<Interval> paired = new ArrayList<>();
  private long alone;
  private long aloneBad;
  private int aloneDistinct;

  /// Takes the next observation.
  void add(Reading.Counts counts) {
    Reading.Counts other = counts.baseline();
    var sums =
        new Interval(
            Math.round(counts.total()),
            other == null ? 0 : Math.round(other.total()),
            Math.round(counts.bad()),
            other == null ? 0 : Math.round(other.bad()));
    OptionalLong scraped =
        other != null && other.series() > 0 && !other.gone()
            ? OptionalLong.of(other.newestMillis())
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

  /// The intervals in which both had requests to answer, or the baseline alone.
  List<Interval> paired() {
    return List.copyOf(paired);
  }

  /// Requests of the candidate while the baseline had none.
  long alone() {
    return alone;
  }

  long aloneBad() {
    return aloneBad;
  }

  /// In how many intervals without a baseline the candidate had bad requests.
  int aloneDistinct() {
    return aloneDistinct;
  }
}
