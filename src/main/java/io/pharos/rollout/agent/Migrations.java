package io.pharos.rollout.agent;

import static java.util.Objects.requireNonNull;

import io.pharos.rollout.HeartbeatAnswer;
import io.pharos.rollout.MigrationResult;
import io.pharos.rollout.MigrationResult.Outcome;
import io.pharos.rollout.MigrationTask;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Runs what Pharos asks for in the background, each once in a rollout, and says how it ended until
/// nobody asks any more.
final class Migrations {
  private record Asked(@Nullable String rollout, MigrationTask migration) {}

  private final Migrator migrator;
  private final Executor background;
  private final Consumer<String> say;
  private Optional<Asked> asked = Optional.empty();
  private Optional<MigrationResult> outcome = Optional.empty();
  private boolean runs;

  Migrations(Migrator migrator, Executor background, Consumer<String> say) {
    this.migrator = requireNonNull(migrator, "migrator is null");
    this.background = requireNonNull(background, "background is null");
    this.say = requireNonNull(say, "say is null");
  }

  /// How the one that is asked for ended; empty while it runs.
  synchronized Optional<MigrationResult> outcome() {
    return outcome;
  }

  /// Begins what is asked for, unless it was. One at a time: the next waits for the end of the one
  /// before.
  synchronized void ask(HeartbeatAnswer answer) {
    MigrationTask migration = answer.migrate();
    if (migration == null) {
      asked = Optional.empty();
      outcome = Optional.empty();
      return;
    }
    var now = Optional.of(new Asked(answer.rollout(), migration));
    if (now.equals(asked) || runs) {
      return;
    }
    asked = now;
    outcome = Optional.empty();
    runs = true;
    background.execute(() -> run(now.get()));
  }

  private void run(Asked now) {
    MigrationTask migration = now.migration();
    say.accept("migration for " + migration.version() + ", " + migration.phase());
    Outcome how = Outcome.FAILED;
    String text;
    try {
      text = migrator.run(migration);
      how = Outcome.DONE;
    } catch (IOException | RuntimeException e) {
      text = String.valueOf(e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      text = "interrupted";
    }
    say.accept("migration " + how + ": " + text);
    end(now, new MigrationResult(migration.version(), migration.phase(), how, text));
  }

  private synchronized void end(Asked now, MigrationResult how) {
    runs = false;
    if (asked.equals(Optional.of(now))) {
      outcome = Optional.of(how);
    }
  }

  /// Whether what is asked for ended well, or nothing is asked for.
  synchronized boolean isDone(HeartbeatAnswer answer) {
    MigrationTask migration = answer.migrate();
    return migration == null
        || (asked.equals(Optional.of(new Asked(answer.rollout(), migration)))
            && outcome.filter(it -> it.outcome() == Outcome.DONE).isPresent());
  }
}
