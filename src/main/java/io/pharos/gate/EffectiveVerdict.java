package io.pharos.gate;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What counts of a gate now: its own verdict, or what a person decided in its place.
///
/// @param outcome RUNNING until somebody or something decided; INCONCLUSIVE for a pass that can't
///   be used any more
/// @param expired whether it is a pass that can't be used any more
/// @param expiresAt until when a pass counts; null where what counts is none
/// @param overrides every decision of a person, in order; the last one counts
public record EffectiveVerdict(
    GateState outcome, boolean expired, @Nullable Instant expiresAt, List<GateOverride> overrides) {
  public EffectiveVerdict {
    requireNonNull(outcome, "outcome is null");
    overrides = List.copyOf(overrides);
  }

  /// The decision that counts; empty where the gate's own verdict does.
  public Optional<GateOverride> override() {
    return overrides.isEmpty() ? Optional.empty() : Optional.of(overrides.getLast());
  }
}
