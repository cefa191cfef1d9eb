package io.pharos.migration.ledger;

import java.util.List;

/// The store of reported migrations. Safe for many threads and processes.
///
/// Every method throws [io.pharos.trouble.StoreUnavailableException] when the store does not
/// answer. Times are kept to the millisecond.
public interface MigrationLedger {
  /// Stores a record in place of the one with the same service, environment and file. An applied
  /// migration stays applied, even if an older report arrives later.
  void put(MigrationRecord record);

  /// Returns the records of a service in an environment, ordered by file name.
  List<MigrationRecord> of(String service, String env);
}
