package io.pharos.ingest.scrape;

import static java.util.Objects.requireNonNull;

/// What a target says of one metric family.
///
/// @param type as exposed, `unknown` where nothing is said
/// @param help may be empty
/// @param unit may be empty
public record MetricMetadata(String metric, String type, String help, String unit) {
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
