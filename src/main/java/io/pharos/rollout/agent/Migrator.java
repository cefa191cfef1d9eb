package io.pharos.rollout.agent;

import io.pharos.rollout.MigrationTask;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Brings the service's database to what a release needs.
interface Migrator {
  /// Runs one to its end.
  ///
  /// @return what to tell of it
  /// @throws IOException when it did not go well
  String run(MigrationTask migration) throws IOException, InterruptedException;

  /// The shell command `MIGRATE_COMMAND`, with `VERSION`, and `PHASE` as `expand` or `contract`;
  /// where it is empty there is nothing to do.
  static Migrator command(BoundedCommand shell, String command, Path log) {
    return migration -> {
      if (command.isEmpty()) {
        return "there is no MIGRATE_COMMAND";
      }
      shell.run(
          List.of("bash", "-c", command),
          Map.of(
              "VERSION",
              migration.version(),
              "PHASE",
              migration.phase().name().toLowerCase(Locale.ROOT)),
          log);
      return "MIGRATE_COMMAND ended well";
    };
  }
}
