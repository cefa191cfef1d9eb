package io.pharos.ingest.scrape;

import io.pharos.model.Labels;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A scraped target, as the HTTP API shows it.
///
/// @param discoveredLabels labels before relabelling
/// @param globalUrl the URL with a loopback host replaced by this host's external name
/// @param lastError why the last scrape failed, or the empty string
/// @param lastScrape start of the last scrape; null before the first
/// @param lastScrapeDuration zero before the first scrape
/// @param metadata metadata exposed by the target, by metric name
public record ActiveTarget(
    Labels discoveredLabels,
    Labels labels,
    String scrapePool,
    URI scrapeUrl,
    String globalUrl,
    String lastError,
    @Nullable Instant lastScrape,
    Duration lastScrapeDuration,
    TargetHealth health,
    Duration scrapeInterval,
    Duration scrapeTimeout,
    Map<String, MetricMetadata> metadata) {
  /// Checks for null and copies the metadata.
  public ActiveTarget {
    metadata = Map.copyOf(metadata);
  }
}
