/// Migrations of the database of the service that Pharos watches over: files below
/// `deploy/migrations`, what a release can't do to a database that the release before it still
/// uses, and the running of them by Flyway (docs/format/migrations.md). Pharos' own schema is none
/// of its business.
@NullMarked
package io.pharos.migration;

import org.jspecify.annotations.NullMarked;
