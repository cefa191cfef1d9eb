package io.pharos.gate;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The verdict on which callers act: the last decision of a person, or else the gate's own verdict.
///
/// @param outcome RUNNING before the gate is decided; INCONCLUSIVE for a pass that has become
///   invalid
/// @param expired whether the verdict is a pass that has become invalid
/// @param expiresAt when the pass expires or has expired; null if there is no pass
/// @param overrides people's decisions in order; the last one counts
public record EffectiveVerdict(
    GateState outcome, boolean expired, @Nullable Instant expiresAt, List<GateOverride> overrides) {
  public EffectiveVerdict {
    overrides = List.copyOf(overrides);
  }

  /// Returns the person's decision that counts; empty if the gate's own verdict counts.
  public Optional<GateOverride> override() {
    return overrides.isEmpty() ? Optional.empty() : Optional.of(overrides.getLast());
  }
}
