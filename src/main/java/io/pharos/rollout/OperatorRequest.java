package io.pharos.rollout;

/// A request of a person or a pipeline to a rollout.
public enum OperatorRequest {
  /// Stops all changes until RESUME.
  PAUSE,
  /// Continues a paused rollout, or judges again after an inconclusive gate.
  RESUME,
  /// Continues without a pass, or gives the approval that the policy requires.
  APPROVE,
  /// Returns to the previous release.
  ABORT
}
