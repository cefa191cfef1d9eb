package io.pharos.alerting.silence;

/// What became of a silence that someone asked for.
public sealed interface SetOutcome {
  /// It stands.
  ///
  /// @param id the id it has now: a new one unless an existing silence could be changed in place
  record Stored(String id) implements SetOutcome {}

  /// There is no silence of the id that was to be changed.
  record NotFound(String id) implements SetOutcome {}

  /// There are as many silences as there may be.
  record Full(String message) implements SetOutcome {}

  /// It can't be.
  record Invalid(String message) implements SetOutcome {}
}
