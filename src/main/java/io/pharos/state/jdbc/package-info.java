/// Stores in tables: PostgreSQL stores everything, the embedded H2 everything but the notifier's
/// state. Both have the same schema and are used by plain JDBC; their differences are in [Dialect].
@NullMarked
package io.pharos.state.jdbc;

import org.jspecify.annotations.NullMarked;
