/// Heartbeats of agents and the rental state of their machines as metrics, read from the backend's
/// stores or pushed (docs/format/fleet.md). While a source can't be read, its hosts are unknown:
/// the reported age of a heartbeat does not grow because a store does not answer.
@NullMarked
package io.pharos.ingest.fleet;

import org.jspecify.annotations.NullMarked;
