package io.pharos.rollout;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonProperty;

/// A migration of the service's own store, which an agent has to run.
///
/// @param version of the release that needs it
/// @param phase what it may do
public record MigrationTask(String version, Kind phase) {
  /// What a migration may do.
  public enum Kind {
    /// What the release before lives with: before the candidate starts.
    @JsonProperty("expand")
    EXPAND,
    /// What only the new release lives with: when the old one is stopped.
    @JsonProperty("contract")
    CONTRACT
  }

  public MigrationTask {
    requireNonNull(version, "version is null");
    requireNonNull(phase, "phase is null");
  }
}
