/// Migrations of the database of the service that Pharos monitors (docs/format/migrations.md): the
/// files below `deploy/migrations` and the tasks of a rollout. They do not concern Pharos' own
/// schema.
@NullMarked
package io.pharos.migration;

import org.jspecify.annotations.NullMarked;
