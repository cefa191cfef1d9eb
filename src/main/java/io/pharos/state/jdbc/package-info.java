/// Stores in tables: PostgreSQL stores everything, the embedded H2 everything but the notifier's
/// state. Both have the same schema and are accessed by plain JDBC; [Dialect] contains the
/// differences.
@NullMarked
package io.pharos.state.jdbc;

import org.jspecify.annotations.NullMarked;
