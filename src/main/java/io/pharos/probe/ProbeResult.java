package io.pharos.probe;

import io.pharos.trouble.FailureOrigin;
import java.time.Duration;
import java.time.Instant;

/// The result of one run of a probe.
///
/// @param probe name of the probe
/// @param began start of the first attempt
/// @param took duration of the last attempt
/// @param attempts number of attempts: more than 1 if a failure was retried
/// @param seen measurements of the last attempt
public record ProbeResult(
    String probe,
    Instant began,
    Duration took,
    ProbeOutcome outcome,
    int attempts,
    ProbeObservations seen) {
  /// Returns the result of the same run with an unknown outcome.
  public ProbeResult unknown(FailureOrigin.Kind kind, String reason) {
    return new ProbeResult(
        probe, began, took, new ProbeOutcome.Unknown(kind, reason), attempts, seen);
  }

  /// Returns the result as unknown if the clock was set back, because it could not be stored, or if
  /// it is a failure that a pause of this process may have caused: then it misses answers.
  public ProbeResult judged(boolean clockSetBack, boolean paused) {
    if (clockSetBack) {
      return unknown(FailureOrigin.Kind.CLOCK, FailureOrigin.Kind.CLOCK.text());
    }
    return paused && outcome instanceof ProbeOutcome.Failure
        ? unknown(FailureOrigin.Kind.PAUSE, FailureOrigin.Kind.PAUSE.text() + " during the probe")
        : this;
  }
}
