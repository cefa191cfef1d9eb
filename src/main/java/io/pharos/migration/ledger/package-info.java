/// The reported migrations of a service's database. They decide which release a service can be
/// rolled back to, and when contract migrations may run.
/// [io.pharos.migration.ledger.MigrationLedger] is the port to the store.
@NullMarked
package io.pharos.migration.ledger;

import org.jspecify.annotations.NullMarked;
