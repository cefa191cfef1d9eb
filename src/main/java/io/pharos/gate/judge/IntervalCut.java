package io.pharos.gate.judge;

import io.pharos.gate.judge.AttributionEvidence.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Splits the growing counts of candidate and baseline into intervals. An interval ends when both
/// sides were scraped again and all counts of the interval are possible. If it ended when only one
/// side was scraped again, errors of both sides would be attributed to that side.
final class IntervalCut {
  private @Nullable Reached last;

  /// The counts of both sides since their start.
  ///
  /// @param candidateMillis time of the candidate's newest sample
  /// @param baselineMillis time of the baseline's newest sample; empty if there is no baseline to
  ///   scrape
  /// @param counts counts for each kind of bad request
  record Reached(long candidateMillis, OptionalLong baselineMillis, List<Interval> counts) {
    Reached {
      counts = List.copyOf(counts);
    }

    private boolean isNewerThan(Reached before) {
      return candidateMillis > before.candidateMillis
          && (baselineMillis.isEmpty()
              || before.baselineMillis.isEmpty()
              || baselineMillis.getAsLong() > before.baselineMillis.getAsLong());
    }
  }

  /// Starts the next interval at these counts; no interval contains earlier requests.
  void restart(Reached now) {
    last = now;
  }

  /// Returns the counts of the interval that ends at `now`, for each kind of bad request; empty if
  /// the interval cannot end yet.
  List<Interval> end(Reached now) {
    Reached before = last;
    if (before != null
        && (!now.isNewerThan(before) || before.counts().size() != now.counts().size())) {
      return List.of();
    }
    var interval = new ArrayList<Interval>();
    for (int i = 0; i < now.counts().size(); i++) {
      Interval counts = now.counts().get(i);
      interval.add(before == null ? counts : minus(counts, before.counts().get(i)));
    }
    if (!interval.stream().allMatch(Interval::isConsistent)) {
      return List.of();
    }
    last = now;
    return List.copyOf(interval);
  }

  private static Interval minus(Interval now, Interval before) {
    return new Interval(
        now.candidate() - before.candidate(),
        now.baseline() - before.baseline(),
        now.candidateErrors() - before.candidateErrors(),
        now.baselineErrors() - before.baselineErrors());
  }
}
