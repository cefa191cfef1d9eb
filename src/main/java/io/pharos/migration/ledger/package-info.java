/// What is known of the migrations of a service's database, and what follows from it: which release
/// can be gone back to, and when what it needs may be taken away.
/// [io.pharos.migration.ledger.MigrationLedger] is the port to the store.
@NullMarked
package io.pharos.migration.ledger;

import org.jspecify.annotations.NullMarked;
