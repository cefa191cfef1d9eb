package io.pharos.probe;

import java.util.List;

/// When a probe's results count as an outage of its target.
///
/// @param downAfter how many failures of how many runs bring it down
/// @param upAfter how many successes in a row bring it up again, 1 to [FailureThreshold#MOST_RUNS]
/// @param parents the probes of what the target can't be reached without
/// @param quorum how many locations must see it down, where several look
public record OutageCondition(
    FailureThreshold downAfter, int upAfter, List<String> parents, int quorum) {
  /// Of the locations that look, two must see the same: one alone may be cut off itself.
  static final int QUORUM = 2;

  private static final int MOST_LOCATIONS = 100;

  /// Every result counts, and nothing stands in between.
  static final OutageCondition PLAIN =
      new OutageCondition(FailureThreshold.ONE, 1, List.of(), QUORUM);

  public OutageCondition {
    parents = List.copyOf(parents);
    if (quorum < 1 || quorum > MOST_LOCATIONS) {
      throw new IllegalArgumentException("expected a quorum of 1 to " + MOST_LOCATIONS);
    }
    if (upAfter < 1 || upAfter > FailureThreshold.MOST_RUNS) {
      throw new IllegalArgumentException("expected up_after of 1 to " + FailureThreshold.MOST_RUNS);
    }
  }
}
