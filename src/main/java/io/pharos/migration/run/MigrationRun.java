package io.pharos.migration.run;

import io.pharos.migration.MigrationException;
import io.pharos.migration.MigrationFile;
import io.pharos.migration.MigrationPhase;
import io.pharos.migration.ledger.RecordedState;
import io.pharos.migration.run.BackendMigrator.MigrationPlan;
import io.pharos.migration.run.MigrationRun.MigrationReports.Permission;
import io.pharos.migration.run.MigrationRun.MigrationReports.ReportException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/// Runs the migrations of a plan one by one, and reports each of them to Pharos. In the contract
/// phase it runs only files that Pharos permits.
///
/// @param reports the connection to Pharos; empty if nothing is reported
/// @param out gets lines about results
/// @param warn gets lines about problems that do not stop the run
public record MigrationRun(
    BackendMigrator migrator,
    List<MigrationFile> files,
    Optional<MigrationReports> reports,
    Consumer<String> out,
    Consumer<String> warn) {
  public MigrationRun {
    files = List.copyOf(files);
  }

  /// Reports the applied files of a plan that Pharos does not know yet.
  ///
  /// @throws ReportException when Pharos is unreachable and a pending file would make a rollback
  ///   impossible
  public void sync(MigrationPlan plan) throws ReportException, InterruptedException {
    if (reports.isPresent()) {
      boolean isRequired = plan.pending().stream().anyMatch(file -> file.safeFrom().isPresent());
      report(isRequired, () -> reports.get().sync(plan.applied()));
    }
  }

  /// Returns the files of a plan that may run now. In the expand phase these are all pending files;
  /// in the contract phase, the pending files before the first that Pharos does not permit.
  ///
  /// @param soak how long the current release must have served before the contract phase
  /// @throws MigrationException when the first contract file may not run
  /// @throws ReportException when Pharos is unreachable
  public List<MigrationFile> due(MigrationPlan plan, Duration soak)
      throws MigrationException, ReportException, InterruptedException {
    if (plan.phase() == MigrationPhase.EXPAND || reports.isEmpty()) {
      return plan.pending();
    }
    var due = new ArrayList<MigrationFile>();
    for (MigrationFile file : plan.pending()) {
      Permission permission = reports.get().canContract(file.safeFrom().orElseThrow(), soak);
      switch (permission.answer()) {
        case "yes" -> due.add(file);
        case "later" -> {
          out.accept(file.name() + " waits: " + permission.summary());
          return due;
        }
        default -> {
          if (due.isEmpty()) {
            throw MigrationException.refused(
                "%s may not run now (%s): %s"
                    .formatted(file.name(), permission.answer(), permission.summary()));
          }
          warn.accept(file.name() + " waits: " + permission.summary());
          return due;
        }
      }
    }
    return due;
  }

  /// Runs files in order and stops at the first failure.
  ///
  /// @throws MigrationException when a file fails
  /// @throws ReportException when Pharos is unreachable and a file would make a rollback impossible
  public void run(MigrationPhase phase, List<MigrationFile> due)
      throws MigrationException, ReportException, InterruptedException {
    for (MigrationFile file : due) {
      // Each file is a run of its own, so that Pharos is told before it begins.
      run(migrator.plan(files, phase).only(List.of(file)), file);
    }
  }

  private void run(MigrationPlan plan, MigrationFile file)
      throws MigrationException, ReportException, InterruptedException {
    report(file, file.safeFrom().isPresent(), RecordedState.BEGUN, "");
    var ran = new AtomicBoolean();
    long begin = System.nanoTime();
    try {
      migrator.run(plan, _ -> ran.set(true));
    } catch (MigrationException e) {
      RecordedState state =
          switch (e.reason()) {
            case FAILED -> file.inTransaction() ? RecordedState.ROLLED_BACK : RecordedState.UNCLEAR;
            // Another run may have applied the file, or the connection broke before the result
            // arrived: it is unknown whether the file was applied.
            case REFUSED, BUSY, UNREACHABLE -> RecordedState.BEGUN;
          };
      report(file, false, state, String.valueOf(e.getMessage()));
      throw e;
    }
    if (!migrator.plan(files, plan.phase()).applied().contains(file)) {
      throw MigrationException.refused(file.name() + " did not run, and Flyway did not say why");
    }
    out.accept(
        ran.get()
            ? "%s applied in %.1f s".formatted(file.name(), (System.nanoTime() - begin) / 1e9)
            : file.name() + " was applied by another run at the same time");
    report(file, false, RecordedState.APPLIED, "");
  }

  private void report(MigrationFile file, boolean isRequired, RecordedState state, String text)
      throws ReportException, InterruptedException {
    if (reports.isPresent()) {
      report(isRequired, () -> reports.get().report(file, state, text));
    }
  }

  private interface Report {
    void send() throws ReportException, InterruptedException;
  }

  /// Sends a report.
  ///
  /// @param isRequired whether a failure is thrown, so that nothing runs without the report;
  ///   otherwise a failure is only a warning
  private void report(boolean isRequired, Report report)
      throws ReportException, InterruptedException {
    try {
      report.send();
    } catch (ReportException e) {
      if (isRequired) {
        throw new ReportException(
            "Pharos can't be notified, so migrations that would make a rollback impossible do not run: "
                + e.getMessage());
      }
      warn.accept("Pharos was not notified; the next run will notify it: " + e.getMessage());
    }
  }

  /// Reports the migrations of a service to a Pharos, which decides when contract migrations may
  /// run. Its methods throw [ReportException] when Pharos is unreachable or refuses a request.
  public interface MigrationReports {
    /// Reports applied files that Pharos does not know yet.
    void sync(List<MigrationFile> applied) throws ReportException, InterruptedException;

    /// Reports the state of a file.
    ///
    /// @param text why the file failed; empty if it did not
    void report(MigrationFile file, RecordedState state, String text)
        throws ReportException, InterruptedException;

    /// Asks whether the parts of the schema that only releases before `safeFrom` need may be
    /// removed now.
    ///
    /// @param soak how long the current release must have served
    Permission canContract(String safeFrom, Duration soak)
        throws ReportException, InterruptedException;

    /// The answer of Pharos.
    ///
    /// @param answer `yes`, `no`, `later` or `unknown`
    /// @param summary the reason, for people
    record Permission(String answer, String summary) {}

    /// Reports that Pharos is unreachable or refuses a request.
    final class ReportException extends Exception {
      /// Creates the exception; the message is for people.
      public ReportException(String message) {
        super(message);
      }
    }
  }
}
