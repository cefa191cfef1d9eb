package io.pharos.gate;

import io.pharos.gate.AttributionEvidence.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Cuts the counts of candidate and baseline, which grow, into intervals. An interval ends where
/// both sides were scraped anew and every count in it is possible; until then it goes on. One of a
/// single side would give errors that both have to that side alone, or to nobody.
final class IntervalCut {
  private @Nullable Reached last;

  /// How far both sides are, from a common beginning.
  ///
  /// @param candidateMillis the time of the candidate's newest sample
  /// @param baselineMillis of the baseline's; empty: there is none that could be scraped
  /// @param counts one for each kind of bad request
  record Reached(long candidateMillis, OptionalLong baselineMillis, List<Interval> counts) {
    Reached {
      counts = List.copyOf(counts);
    }

    private boolean isAnewSince(Reached before) {
      return candidateMillis > before.candidateMillis
          && (baselineMillis.isEmpty()
              || before.baselineMillis.isEmpty()
              || baselineMillis.getAsLong() > before.baselineMillis.getAsLong());
    }
  }

  /// Counts go on from here; what came before is in no interval.
  void restart(Reached now) {
    last = now;
  }

  /// The interval that ends here, with one entry for each kind; empty where it goes on.
  List<Interval> end(Reached now) {
    Reached before = last;
    if (before != null
        && (!now.isAnewSince(before) || before.counts().size() != now.counts().size())) {
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
