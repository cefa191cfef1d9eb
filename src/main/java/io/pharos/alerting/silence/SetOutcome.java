package io.pharos.alerting.silence;

/// Result of creating or changing a silence.
public sealed interface SetOutcome {
  /// The silence is stored.
  ///
  /// @param id its id now: a new one unless an existing silence was changed in place
  record Stored(String id) implements SetOutcome {}

  /// No silence has the id.
  record NotFound(String id) implements SetOutcome {}

  /// The maximum number of silences is reached.
  record Full(String message) implements SetOutcome {}

  /// The silence is invalid.
  record Invalid(String message) implements SetOutcome {}
}
