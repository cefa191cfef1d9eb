package io.pharos.migration.ledger;

import java.util.List;

/// The stored records of migrations. Safe for many threads and processes.
///
/// Every method throws [io.pharos.trouble.StoreUnavailableException] when the store can't answer.
/// Times are kept to the millisecond.
public interface MigrationLedger {
  /// Stores a record in place of the one of the same service, environment and file. What was
  /// applied stays so, whatever comes late.
  void put(MigrationRecord record);

  /// What is known of a service in an environment, by the names of the files.
  List<MigrationRecord> of(String service, String env);
}
