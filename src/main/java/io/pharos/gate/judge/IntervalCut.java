package io.pharos.gate.judge;

import io.pharos.gate.judge.AttributionEvidence.Interval;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Splits the growing counts of candidate and baseline into intervals. An interval ends when both
/// sides were scraped again and all counts of the interval are possible. If it ended when only one
/// side was scraped again, errors of both sides would be attributed to that side.
///
/// @param <K> identifies a kind of bad request
final class IntervalCut<K> {
  private @Nullable Reached<K> last;

  /// The counts of both sides since their start.
  ///
  /// @param candidateMillis time of the candidate's newest sample
  /// @param baselineMillis time of the baseline's newest sample; empty if there is no baseline to
  ///   scrape
  /// @param counts counts for each kind of bad request; a missing kind has had no request yet
  record Reached<K>(long candidateMillis, OptionalLong baselineMillis, Map<K, Interval> counts) {
    Reached {
      counts = Map.copyOf(counts);
    }

    private boolean isNewerThan(Reached<K> before) {
      return candidateMillis > before.candidateMillis
          && (baselineMillis.isEmpty()
              || before.baselineMillis.isEmpty()
              || baselineMillis.getAsLong() > before.baselineMillis.getAsLong());
    }
  }

  /// Starts the next interval at these counts; no interval contains earlier requests.
  void restart(Reached<K> now) {
    last = now;
  }

  /// Returns the counts of the interval that ends at `now`, for each kind of bad request; empty if
  /// the interval cannot end yet.
  Map<K, Interval> end(Reached<K> now) {
    Reached<K> before = last;
    if (before != null && !now.isNewerThan(before)) {
      return Map.of();
    }
    var interval = new HashMap<K, Interval>();
    now.counts()
        .forEach(
            (kind, counts) ->
                interval.put(kind, before == null ? counts : minus(counts, before, kind)));
    if (!interval.values().stream().allMatch(Interval::isConsistent)) {
      return Map.of();
    }
    last = now;
    return Map.copyOf(interval);
  }

  private static <K> Interval minus(Interval now, Reached<K> reached, K kind) {
    Interval before = reached.counts().getOrDefault(kind, PairedEvidence.NOTHING);
    return new Interval(
        now.candidate() - before.candidate(),
        now.baseline() - before.baseline(),
        now.candidateErrors() - before.candidateErrors(),
        now.baselineErrors() - before.baselineErrors());
  }
}
