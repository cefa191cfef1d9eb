package io.pharos.migration;

import static java.util.Objects.requireNonNull;

import java.io.IOException;

/// A migration of the service's database that a rollout agent must run.
///
/// @param version version of the release that needs the migration
public record MigrationTask(String version, MigrationPhase phase) {
  public MigrationTask {
    requireNonNull(version, "version is null");
    requireNonNull(phase, "phase is null");
  }

  /// Runs tasks.
  @FunctionalInterface
  public interface Runner {
    /// Runs a task to its end.
    ///
    /// @return what was done, as text for people
    /// @throws IOException when the migration failed
    String run(MigrationTask task) throws IOException, InterruptedException;
  }
}
