package io.pharos.gate.observe;

import io.pharos.gate.policy.Check;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Sends the same probe to both sides of a release in immediate succession, as long as
/// [#takeCounts] is called. Safe for many threads.
public interface PairedProbes {
  /// The two probes and their rate.
  ///
  /// @param key identifies the pair; each key has its own counts
  /// @param candidate name of the probe of the candidate itself
  /// @param baseline name of the probe of the baseline
  /// @param rate pairs per second, 1 to 5
  record Pair(String key, String candidate, String baseline, int rate) {
    public Pair {
      if (rate < 1 || rate > Check.Paired.MAX_RATE) {
        throw new IllegalArgumentException(
            "expected a rate of 1 to 5 pairs per second, found " + rate);
      }
    }
  }

  /// The counts since the previous call of [#takeCounts].
  ///
  /// @param pairs number of pairs with two known answers
  /// @param candidateFailed number of failures of the candidate in these pairs
  /// @param baselineFailed number of failures of the baseline in these pairs
  /// @param unknown number of pairs with an unknown answer, because of own trouble
  /// @param reason reason of the last unknown answer; null if there is none
  /// @param newestMillis start of the last known pair; 0 if there is none yet
  record Counts(
      long pairs,
      long candidateFailed,
      long baselineFailed,
      long unknown,
      @Nullable String reason,
      long newestMillis) {}

  /// Returns the counts of a pair and sets them to zero. The first call starts the probing and
  /// returns zeros.
  ///
  /// @param probeFor how long the pair is probed from `now` on, unless this method is called again
  Counts takeCounts(Pair pair, Instant now, Duration probeFor);

  /// Returns an implementation that sends nothing: all answers are unknown for the given reason.
  static PairedProbes none(String reason) {
    return (_, _, _) -> new Counts(0, 0, 0, 0, reason, 0);
  }
}
