package io.pharos.gate.observe;

import io.pharos.model.Labels;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/// When each instance of the candidate was first observed, by the clock of the samples. Earlier
/// counts belong to another release.
///
/// @param detectable whether the policy has a check that detects the start
/// @param seenMillis time of the first sample, by the label `instance`; 0 for an instance that ran
///   before the deployment
record CandidateStart(boolean detectable, Map<String, Long> seenMillis) {
  static final String INSTANCE = "instance";

  /// For a policy without a check that detects the start.
  static final CandidateStart UNDETECTABLE = new CandidateStart(false, Map.of());

  CandidateStart {
    seenMillis = Map.copyOf(seenMillis);
  }

  /// Returns whether the start can be detected but has not been observed yet.
  boolean isAwaited() {
    return detectable && seenMillis.isEmpty();
  }

  /// Returns when the first instance was observed, or `sinceMillis` if that is later.
  long first(long sinceMillis) {
    return seenMillis.values().stream()
        .mapToLong(seen -> Math.max(seen, sinceMillis))
        .min()
        .orElse(sinceMillis);
  }

  /// Returns when the process that exposes a counter was first observed; the counter then started
  /// at zero. Empty if the process ran before the deployment, or if the counter belongs to another
  /// program, such as a load balancer.
  OptionalLong born(Labels counter) {
    long born = seenMillis.getOrDefault(counter.get(INSTANCE), 0L);
    return born == 0 ? OptionalLong.empty() : OptionalLong.of(born);
  }

  /// Returns, for each instance, this start or the start in `others`, whichever is later. Another
  /// check detected the starts in `others` more exactly.
  CandidateStart refinedBy(Map<String, Long> others) {
    if (!detectable) {
      return new CandidateStart(true, others);
    }
    var refined = new TreeMap<>(seenMillis);
    refined.replaceAll((instance, seen) -> Math.max(seen, others.getOrDefault(instance, 0L)));
    return new CandidateStart(true, refined);
  }
}
