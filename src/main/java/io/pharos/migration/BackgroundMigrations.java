package io.pharos.migration;

import io.pharos.migration.MigrationResult.Outcome;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Runs migration tasks in the background, one at a time, and each once per rollout. Stores the
/// result until another task or no task is requested. Safe for many threads.
public final class BackgroundMigrations {
  private record Request(@Nullable String rollout, MigrationTask task) {}

  private final MigrationTask.Runner runner;
  private final Executor background;
  private final Consumer<String> log;
  private Optional<Request> current = Optional.empty();
  private Optional<MigrationResult> result = Optional.empty();
  private boolean running;

  /// Creates an instance without tasks.
  ///
  /// @param background runs tasks, which may block
  /// @param log gets a line before and after each task
  public BackgroundMigrations(
      MigrationTask.Runner runner, Executor background, Consumer<String> log) {
    this.runner = runner;
    this.background = background;
    this.log = log;
  }

  /// Returns the result of the requested task; empty while it runs, or if none is requested.
  public synchronized Optional<MigrationResult> result() {
    return result;
  }

  /// Starts a task unless it was started before. While another task runs, nothing is started, so
  /// the caller must request the task again.
  ///
  /// @param rollout id of the rollout that requests the task; null between rollouts
  /// @param task null to forget the last task and its result
  public synchronized void request(@Nullable String rollout, @Nullable MigrationTask task) {
    if (task == null) {
      current = Optional.empty();
      result = Optional.empty();
      return;
    }
    var request = new Request(rollout, task);
    if (running || current.equals(Optional.of(request))) {
      return;
    }
    current = Optional.of(request);
    result = Optional.empty();
    running = true;
    background.execute(() -> run(request));
  }

  private void run(Request request) {
    MigrationTask task = request.task();
    log.accept("migration task " + task.phase().text() + " of " + task.version() + " begins");
    Outcome outcome = Outcome.FAILED;
    String text;
    try {
      text = runner.run(task);
      outcome = Outcome.DONE;
    } catch (IOException | RuntimeException e) {
      text = String.valueOf(e.getMessage());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      text = "interrupted";
    }
    log.accept(
        "migration task "
            + task.phase().text()
            + " of "
            + task.version()
            + (outcome == Outcome.DONE ? " succeeded: " : " failed: ")
            + text);
    finish(request, new MigrationResult(task.version(), task.phase(), outcome, text));
  }

  private synchronized void finish(Request request, MigrationResult finished) {
    running = false;
    if (current.equals(Optional.of(request))) {
      result = Optional.of(finished);
    }
  }

  /// Returns whether the task succeeded; true if the task is null.
  public synchronized boolean isDone(@Nullable String rollout, @Nullable MigrationTask task) {
    return task == null
        || (current.equals(Optional.of(new Request(rollout, task)))
            && result.filter(stored -> stored.outcome() == Outcome.DONE).isPresent());
  }
}
