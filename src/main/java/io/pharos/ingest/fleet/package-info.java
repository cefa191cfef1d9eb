/// Heartbeats of agents and the rental state of their machines as metrics, read from the backend's
/// stores or pushed (docs/format/fleet.md). While a source can't be read, its hosts are unknown. So
/// a failing store does not make heartbeats look old.
@NullMarked
package io.pharos.ingest.fleet;

import org.jspecify.annotations.NullMarked;
