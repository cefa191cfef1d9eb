/// Scrapes the targets of a Prometheus configuration into the store.
///
/// [ScrapeManager] owns a pool per job, and a pool owns a loop per target. Each loop is a virtual
/// thread that scrapes at its own offset within the interval, so that a slow target does not delay
/// others. The samples of a scrape and its report (`up` and similar series) are one batch. Series
/// that are no longer exposed end with a staleness marker.
@NullMarked
package io.pharos.ingest.scrape;

import org.jspecify.annotations.NullMarked;
