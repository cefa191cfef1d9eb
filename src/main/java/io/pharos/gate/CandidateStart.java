package io.pharos.gate;

import io.pharos.model.Labels;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/// When each instance of the candidate was first seen, by the clock that stamps samples. What was
/// counted before is evidence about something else.
///
/// @param asked whether the policy has a check that can tell
/// @param seenMillis by the label `instance`; 0 for one that ran before the deployment started
record CandidateStart(boolean asked, Map<String, Long> seenMillis) {
  static final String INSTANCE = "instance";

  /// Nobody asked.
  static final CandidateStart UNASKED = new CandidateStart(false, Map.of());

  CandidateStart {
    seenMillis = Map.copyOf(seenMillis);
  }

  /// Whether it is asked for and was not seen.
  boolean isAwaited() {
    return asked && seenMillis.isEmpty();
  }

  /// When the first instance was seen, not before `sinceMillis`.
  long first(long sinceMillis) {
    return seenMillis.values().stream()
        .mapToLong(seen -> Math.max(seen, sinceMillis))
        .min()
        .orElse(sinceMillis);
  }

  /// From which sample on a counter of an instance is the candidate's, counting from zero. Empty
  /// where its process ran before the deployment, and for what the candidate does not expose
  /// itself, as a load balancer's counters.
  OptionalLong born(Labels counter) {
    long born = seenMillis.getOrDefault(counter.get(INSTANCE), 0L);
    return born == 0 ? OptionalLong.empty() : OptionalLong.of(born);
  }

  /// The same where another check tells of the same instances: it is more exact, where it saw one
  /// begin.
  CandidateStart refinedBy(Map<String, Long> others) {
    if (!asked) {
      return new CandidateStart(true, others);
    }
    var refined = new TreeMap<>(seenMillis);
    refined.replaceAll((instance, seen) -> Math.max(seen, others.getOrDefault(instance, 0L)));
    return new CandidateStart(true, refined);
  }
}
