/// The reported migrations of a service's database, and what follows from them: which release can
/// be rolled back to, and when contract migrations may run.
/// [io.pharos.migration.ledger.MigrationLedger] is the port to the store.
@NullMarked
package io.pharos.migration.ledger;

import org.jspecify.annotations.NullMarked;
