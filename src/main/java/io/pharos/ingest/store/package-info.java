/// What data stores are spoken to by, for whoever reads something from one: RESP to a Redis, the
/// driver of PostgreSQL. How long it may take is up to whoever asks.
@NullMarked
package io.pharos.ingest.store;

import org.jspecify.annotations.NullMarked;
