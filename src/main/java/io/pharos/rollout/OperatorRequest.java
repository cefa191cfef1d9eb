package io.pharos.rollout;

/// What a person, or a pipeline, can ask a rollout for.
public enum OperatorRequest {
  /// Nothing moves until it is resumed.
  PAUSE,
  /// It goes on where it was paused, or is judged anew where a gate was inconclusive.
  RESUME,
  /// It goes on without a pass, or with the approval that its policy wants.
  APPROVE,
  /// What ran before runs again.
  ABORT
}
