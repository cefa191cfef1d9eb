/// The database behind the ports of the other packages: H2 in a file or PostgreSQL, one schema,
/// plain JDBC.
///
/// [Store] is the entry. What differs between the two databases stands in [Dialect] and nowhere
/// else.
@NullMarked
package io.pharos.state;

import org.jspecify.annotations.NullMarked;
