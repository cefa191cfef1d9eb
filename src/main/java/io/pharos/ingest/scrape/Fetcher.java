package io.pharos.ingest.scrape;

import io.pharos.config.prometheus.ScrapeConfig;

/// Gets the page of a target.
@FunctionalInterface
interface Fetcher {
  /// Gets the page within the target's timeout.
  ///
  /// @param line the caller's to this target, and to no other
  /// @throws ScrapeFailure when there is none
  /// @throws InterruptedException when the scrape is no longer wanted
  ScrapedPage fetch(ScrapeConfig config, Target target, TargetConnection line)
      throws ScrapeFailure, InterruptedException;
}
