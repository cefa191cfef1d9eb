package io.pharos.rollout.agent;

import io.pharos.migration.MigrationTask;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Runs migrations by the shell command `MIGRATE_COMMAND`.
final class MigrateShellCommand {
  private MigrateShellCommand() {}

  /// Returns a runner that passes a task as `VERSION` and `PHASE`, `expand` or `contract`.
  ///
  /// @param command the shell command; if empty, tasks have nothing to do
  static MigrationTask.Runner runner(BoundedCommand shell, String command, Path log) {
    return task -> {
      if (command.isEmpty()) {
        return "no MIGRATE_COMMAND is configured";
      }
      shell.run(
          List.of("bash", "-c", command),
          Map.of("VERSION", task.version(), "PHASE", task.phase().text()),
          log);
      return "MIGRATE_COMMAND succeeded";
    };
  }
}
