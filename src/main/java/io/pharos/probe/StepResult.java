package io.pharos.probe;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/// One run of a step.
///
/// @param name name of the step
/// @param took zero if it did not start
public record StepResult(String name, Duration took, ProbeOutcome outcome) {
  public StepResult {
    requireNonNull(name, "name is null");
    requireNonNull(took, "took is null");
    requireNonNull(outcome, "outcome is null");
  }
}
