package io.pharos.gate;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Asks both sides of a release the same thing, back to back, for as long as somebody takes what
/// came of it. Safe for many threads.
public interface PairedProbes {
  /// Which probes, and how often.
  ///
  /// @param key tells the pair from others; the counts of one key are its own
  /// @param candidate the name of the probe that asks the candidate itself
  /// @param baseline the name of the one that asks the baseline
  /// @param rate pairs a second, 1 to 5
  record Pair(String key, String candidate, String baseline, int rate) {
    public Pair {
      requireNonNull(key, "key is null");
      requireNonNull(candidate, "candidate is null");
      requireNonNull(baseline, "baseline is null");
      if (rate < 1 || rate > MOST_A_SECOND) {
        throw new IllegalArgumentException("expected a rate of 1 to 5, found " + rate);
      }
    }
  }

  /// The most pairs a second that one check may ask for: twice as many requests.
  int MOST_A_SECOND = 5;

  /// What came of the pairs since they were last taken.
  ///
  /// @param pairs of which both answers are known
  /// @param candidateFailed how often the candidate failed in them
  /// @param baselineFailed how often the baseline did
  /// @param unknown pairs of which an answer is not known, for a reason of Pharos' own
  /// @param reason why the last of those is not; null if there is none
  /// @param newestMillis when the last known pair was asked; 0 if there was none yet
  record Taken(
      long pairs,
      long candidateFailed,
      long baselineFailed,
      long unknown,
      @Nullable String reason,
      long newestMillis) {}

  /// Takes what came of a pair, and has it go on for a while. The first time nothing came yet.
  Taken take(Pair pair, Instant now, Duration goOn);

  /// Nobody can ask.
  static PairedProbes none(String reason) {
    return (_, _, _) -> new Taken(0, 0, 0, 0, reason, 0);
  }
}
