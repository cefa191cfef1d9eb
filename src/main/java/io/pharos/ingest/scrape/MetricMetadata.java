package io.pharos.ingest.scrape;

import static java.util.Objects.requireNonNull;

/// Metadata of one metric family, as exposed by a target.
///
/// @param type as exposed; `unknown` if not exposed
/// @param help may be empty
/// @param unit may be empty
public record MetricMetadata(String metric, String type, String help, String unit) {
  /// Checks for null.
  public MetricMetadata {
    requireNonNull(metric, "metric is null");
    requireNonNull(type, "type is null");
    requireNonNull(help, "help is null");
    requireNonNull(unit, "unit is null");
  }

  static MetricMetadata unknown(String metric) {
    return new MetricMetadata(metric, "unknown", "", "");
  }
}
