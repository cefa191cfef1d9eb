/// LogQL, the queries of Loki, as far as it can be told without asking one: whether a text is a
/// query, what it selects, and what it gives.
@NullMarked
package io.pharos.logql;

import org.jspecify.annotations.NullMarked;
