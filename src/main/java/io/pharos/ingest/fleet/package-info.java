/// Heartbeats of agents and what their machines are rented for, read where the backend keeps them
/// or taken from whoever pushes them, and shown as metrics (docs/format/fleet.md). What can't be
/// read is unknown: no age grows because a store does not answer.
@NullMarked
package io.pharos.ingest.fleet;

import org.jspecify.annotations.NullMarked;
