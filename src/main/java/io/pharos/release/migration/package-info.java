/// What is known of the migrations of a service's database, and what follows from it: which release
/// can be gone back to, and when what it needs may be taken away.
/// [io.pharos.release.migration.MigrationLedger] is the port to the store.
@NullMarked
package io.pharos.release.migration;

import org.jspecify.annotations.NullMarked;
