package io.pharos.probe;

import java.time.Duration;

/// One run of a step.
///
/// @param name name of the step
/// @param took zero if it did not start
public record StepResult(String name, Duration took, ProbeOutcome outcome) {}
