package io.pharos.migration.run;

import static java.util.Objects.requireNonNull;

import io.pharos.migration.MigrationFile;
import io.pharos.migration.ledger.RecordedState;
import java.time.Duration;
import java.util.List;

/// The port to a Pharos that records the migrations of a service and decides when contract
/// migrations may run.
public interface MigrationReports {
  /// Reports applied files that Pharos does not know yet.
  ///
  /// @throws ReportException when Pharos is unreachable or refuses the request
  void sync(List<MigrationFile> applied) throws ReportException, InterruptedException;

  /// Reports the state of a file.
  ///
  /// @param text why it failed; empty if it did not
  /// @throws ReportException when Pharos is unreachable or refuses the request
  void report(MigrationFile file, RecordedState state, String text)
      throws ReportException, InterruptedException;

  /// Returns whether the schema that only releases before `safeFrom` need may be removed.
  ///
  /// @param soak how long the serving release must have served
  /// @throws ReportException when Pharos is unreachable or refuses the request
  Permission canContract(String safeFrom, Duration soak)
      throws ReportException, InterruptedException;

  /// The answer of Pharos.
  ///
  /// @param answer `yes`, `no`, `later` or `unknown`
  /// @param summary the reasons, for people
  record Permission(String answer, String summary) {
    public Permission {
      requireNonNull(answer, "answer is null");
      requireNonNull(summary, "summary is null");
    }
  }

  /// Pharos is unreachable or refuses a request.
  final class ReportException extends Exception {
    /// Creates the exception; the message is for people.
    public ReportException(String message) {
      super(message);
    }
  }
}
