/// Stores in tables: PostgreSQL holds everything, the embedded H2 all but the notifier's state. One
/// schema, plain JDBC; all differences between the two databases are in [Dialect].
@NullMarked
package io.pharos.state.jdbc;

import org.jspecify.annotations.NullMarked;
