/// Scraping: from a Prometheus configuration to samples in the store.
///
/// [ScrapeManager] owns one pool per job, a pool one loop per target; each loop is a virtual thread
/// with its own place in the interval, so that a slow target delays nobody. Samples and the report
/// of a scrape (`up` and its like) are one batch. Series that are no longer exposed end with a
/// staleness marker.
@NullMarked
package io.pharos.ingest.scrape;

import org.jspecify.annotations.NullMarked;
