package io.pharos.ingest.scrape;

import io.pharos.config.prometheus.ScrapeConfig;

/// Fetches the page of a target.
@FunctionalInterface
interface Fetcher {
  /// Fetches the page within the target's timeout.
  ///
  /// @param connection the loop's connection to this target
  /// @throws ScrapeFailure if the target gives no page
  /// @throws InterruptedException if the scrape is cancelled
  ScrapedPage fetch(ScrapeConfig config, Target target, TargetConnection connection)
      throws ScrapeFailure, InterruptedException;
}
