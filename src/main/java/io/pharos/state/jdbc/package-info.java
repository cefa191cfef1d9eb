/// What is kept in tables: in PostgreSQL everything, in the embedded H2 deployments and gates. One
/// schema, plain JDBC; what differs between the two databases stands in [Dialect] and nowhere else.
@NullMarked
package io.pharos.state.jdbc;

import org.jspecify.annotations.NullMarked;
