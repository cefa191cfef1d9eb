package io.pharos.migration;

import static java.util.Objects.requireNonNull;

import java.util.List;

/// What a database has and what a run would do.
///
/// @param applied files that were applied, in the order of their versions
/// @param pending files of the phase that are not, in that order
public record MigrationPlan(
    MigrationPhase phase, List<MigrationFile> applied, List<MigrationFile> pending) {
  public MigrationPlan {
    requireNonNull(phase, "phase is null");
    applied = List.copyOf(applied);
    pending = List.copyOf(pending);
  }

  /// The same with fewer files to run.
  public MigrationPlan only(List<MigrationFile> files) {
    return new MigrationPlan(phase, applied, files);
  }
}
