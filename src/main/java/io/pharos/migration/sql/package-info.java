/// A scanner for PostgreSQL's SQL: finds tokens and the ends of statements, not their meaning.
@NullMarked
package io.pharos.migration.sql;

import org.jspecify.annotations.NullMarked;
