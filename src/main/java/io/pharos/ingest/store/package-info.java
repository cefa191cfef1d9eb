/// Clients of data stores: RESP for Redis, and the PostgreSQL driver. Callers set the timeouts.
@NullMarked
package io.pharos.ingest.store;

import org.jspecify.annotations.NullMarked;
