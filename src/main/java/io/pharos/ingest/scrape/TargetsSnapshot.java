package io.pharos.ingest.scrape;

import io.pharos.config.prometheus.SampleLimits;
import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// All targets at one moment.
///
/// @param dropped targets dropped by relabelling
/// @param problems texts about invalid targets, unreadable file_sd files and failed discovery
public record TargetsSnapshot(
    List<ActiveTarget> active, List<DroppedTarget> dropped, List<String> problems) {

  /// A target dropped by relabelling.
  public record DroppedTarget(Labels discoveredLabels, String scrapePool) {}

  /// Copies the lists.
  public TargetsSnapshot {
    active = List.copyOf(active);
    dropped = List.copyOf(dropped);
    problems = List.copyOf(problems);
  }

  /// Metadata of one metric family, as exposed by a target.
  ///
  /// @param type the exposed type; `unknown` if none is exposed
  /// @param help may be empty
  /// @param unit may be empty
  public record MetricMetadata(String metric, String type, String help, String unit) {
    static MetricMetadata unknown(String metric) {
      return new MetricMetadata(metric, "unknown", "", "");
    }
  }

  /// The health of a target at its last scrape.
  public enum Health {
    /// Not scraped yet, or not observable, or the last scrape could not be stored.
    UNKNOWN,
    UP,
    DOWN;

    /// Returns the word in the HTTP API: `unknown`, `up`, `down`.
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// A scraped target, with the data for the HTTP API.
  ///
  /// @param discoveredLabels labels before relabelling
  /// @param scrapeUrl the URL of its page; here and in the labels before relabelling, secrets are
  ///   redacted
  /// @param globalUrl the URL with a loopback host replaced by this host's external name
  /// @param lastError why the last scrape failed, or the empty string
  /// @param lastScrape start of the last scrape; null before the first
  /// @param lastScrapeDuration zero before the first scrape
  /// @param metadata metadata exposed by the target, by metric name
  /// @param skew how far times on its page are ahead of this machine's clock, negative if they are
  ///   behind; zero if the page has no times
  /// @param limits the limits of its scrapes
  /// @param nextScrape when the next scrape is due
  /// @param record the last scrapes
  public record ActiveTarget(
      Labels discoveredLabels,
      Labels labels,
      String scrapePool,
      String scrapeUrl,
      String globalUrl,
      String lastError,
      @Nullable Instant lastScrape,
      Duration lastScrapeDuration,
      Health health,
      Duration scrapeInterval,
      Duration scrapeTimeout,
      Map<String, MetricMetadata> metadata,
      Duration skew,
      SampleLimits limits,
      Instant nextScrape,
      ScrapeRecord record) {
    /// Checks for null and copies the metadata.
    public ActiveTarget {
      metadata = Map.copyOf(metadata);
    }
  }
}
