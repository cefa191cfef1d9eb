package io.pharos.migration.run;

import static java.util.Objects.requireNonNull;

import io.pharos.migration.MigrationFile;
import io.pharos.migration.MigrationPhase;
import java.util.List;

/// The applied migrations of a database and what a run would do.
///
/// @param applied applied files, ordered by version
/// @param pending files of the phase that are not applied, ordered by version
public record MigrationPlan(
    MigrationPhase phase, List<MigrationFile> applied, List<MigrationFile> pending) {
  public MigrationPlan {
    requireNonNull(phase, "phase is null");
    applied = List.copyOf(applied);
    pending = List.copyOf(pending);
  }

  /// Returns this plan with other files to run.
  public MigrationPlan only(List<MigrationFile> files) {
    return new MigrationPlan(phase, applied, files);
  }
}
