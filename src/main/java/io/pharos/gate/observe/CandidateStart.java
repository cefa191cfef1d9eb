package io.pharos.gate.observe;

import io.pharos.model.Labels;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/// When each instance of the candidate was first observed, by the clock of the samples. Earlier
/// counts belong to another release.
///
/// @param detectable whether the policy has a check that detects the start
/// @param seenMillis time of the first sample by target; 0 for a target that ran before the
///   deployment
record CandidateStart(boolean detectable, Map<Target, Long> seenMillis) {
  /// A scraped program. A tap in front of the candidate has the candidate's instance but another
  /// job, and does not restart with it.
  record Target(String job, String instance) {
    static Target of(Labels series) {
      return new Target(series.get("job"), series.get("instance"));
    }
  }

  /// For a policy without a check that detects the start.
  static final CandidateStart UNDETECTABLE = new CandidateStart(false, Map.of());

  CandidateStart {
    seenMillis = Map.copyOf(seenMillis);
  }

  /// Returns the values of the label `instance` of the candidate.
  Set<String> instances() {
    return seenMillis.keySet().stream().map(Target::instance).collect(Collectors.toSet());
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
  /// program, such as a load balancer or a tap.
  OptionalLong born(Labels counter) {
    long born = seenMillis.getOrDefault(Target.of(counter), 0L);
    return born == 0 ? OptionalLong.empty() : OptionalLong.of(born);
  }

  /// Returns, for each target, this start or the start in `others`, whichever is later. Another
  /// check detected the starts in `others` more exactly.
  CandidateStart refinedBy(Map<Target, Long> others) {
    if (!detectable) {
      return new CandidateStart(true, others);
    }
    var refined = new HashMap<>(seenMillis);
    refined.replaceAll((target, seen) -> Math.max(seen, others.getOrDefault(target, 0L)));
    return new CandidateStart(true, refined);
  }
}
