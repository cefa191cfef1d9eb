package io.pharos.ingest.scrape;

import static java.util.Objects.requireNonNull;

import io.pharos.model.Labels;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A target that is scraped, as the HTTP API shows it.
///
/// @param discoveredLabels before relabelling
/// @param globalUrl the URL with a loopback host replaced by the host that others know
/// @param lastError why the last scrape failed, or the empty string
/// @param lastScrape when the last scrape began; null before the first
/// @param lastScrapeDuration zero before the first
/// @param metadata what the target says of its metrics, by metric name
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
  public ActiveTarget {
    requireNonNull(discoveredLabels, "discoveredLabels is null");
    requireNonNull(labels, "labels is null");
    requireNonNull(scrapePool, "scrapePool is null");
    requireNonNull(scrapeUrl, "scrapeUrl is null");
    requireNonNull(globalUrl, "globalUrl is null");
    requireNonNull(lastError, "lastError is null");
    requireNonNull(lastScrapeDuration, "lastScrapeDuration is null");
    requireNonNull(health, "health is null");
    requireNonNull(scrapeInterval, "scrapeInterval is null");
    requireNonNull(scrapeTimeout, "scrapeTimeout is null");
    metadata = Map.copyOf(metadata);
  }
}
