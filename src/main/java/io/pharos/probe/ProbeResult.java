package io.pharos.probe;

import static java.util.Objects.requireNonNull;

import io.pharos.trouble.FailureOrigin;
import java.time.Duration;
import java.time.Instant;

/// One run of a probe.
///
/// @param probe the probe's name
/// @param began when the first attempt began
/// @param took of the last attempt
/// @param attempts 1, or more where failures were confirmed
/// @param seen what the last attempt saw
public record ProbeResult(
    String probe,
    Instant began,
    Duration took,
    ProbeOutcome outcome,
    int attempts,
    ProbeObservations seen) {
  public ProbeResult {
    requireNonNull(probe, "probe is null");
    requireNonNull(began, "began is null");
    requireNonNull(took, "took is null");
    requireNonNull(outcome, "outcome is null");
    requireNonNull(seen, "seen is null");
  }

  /// The same run, of which nothing can be concluded.
  ProbeResult unknown(FailureOrigin.Kind kind, String reason) {
    return new ProbeResult(
        probe, began, took, new ProbeOutcome.Unknown(kind, reason), attempts, seen);
  }
}
