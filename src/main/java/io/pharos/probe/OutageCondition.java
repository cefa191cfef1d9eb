package io.pharos.probe;

import java.util.List;

/// When the results of a probe count as an outage of its target.
///
/// @param downAfter failures after which the target is down
/// @param upAfter consecutive successes after which the target is up again, 1 to
///   [FailureThreshold#MAX_RUNS]
/// @param parents names of the probes of the targets on which this target depends
/// @param quorum number of locations that must find the target down, if several locations probe it
public record OutageCondition(
    FailureThreshold downAfter, int upAfter, List<String> parents, int quorum) {
  /// Default quorum: two locations must agree, because a single one may itself be cut off.
  static final int DEFAULT_QUORUM = 2;

  private static final int MAX_LOCATIONS = 100;

  public OutageCondition {
    parents = List.copyOf(parents);
    if (quorum < 1 || quorum > MAX_LOCATIONS) {
      throw new IllegalArgumentException("expected a quorum of 1 to " + MAX_LOCATIONS);
    }
    if (upAfter < 1 || upAfter > FailureThreshold.MAX_RUNS) {
      throw new IllegalArgumentException("expected up_after of 1 to " + FailureThreshold.MAX_RUNS);
    }
  }
}
