package io.pharos.rollout;

/// A request of a person or a pipeline to a rollout.
public enum OperatorRequest {
  /// Stops all changes until RESUME.
  PAUSE,
  /// Continues a paused rollout, or requests another gate after an inconclusive one.
  RESUME,
  /// Continues without the pass of a gate, or gives the approval that the policy requires.
  APPROVE,
  /// Returns to the previous release.
  ABORT
}
