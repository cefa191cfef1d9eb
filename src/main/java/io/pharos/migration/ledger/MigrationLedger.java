package io.pharos.migration.ledger;

import java.util.List;

/// The store of reported migrations. Safe for many threads and processes.
///
/// Every method throws [io.pharos.trouble.StoreUnavailableException] when the store does not
/// answer. Times are stored with a precision of milliseconds.
public interface MigrationLedger {
  /// Stores a record, and replaces the one with the same service, environment and file. A migration
  /// that is recorded as applied remains applied, even if an older report arrives later.
  void put(MigrationRecord record);

  /// Returns the records of a service in an environment, ordered by file name.
  List<MigrationRecord> of(String service, String env);
}
