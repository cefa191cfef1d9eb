package io.pharos.gate.policy;

/// The side of a comparison that a selector is expanded for.
public enum ComparisonSide {
  /// The release that is judged.
  CANDIDATE,
  /// The previous release, which runs beside the candidate.
  BASELINE
}
