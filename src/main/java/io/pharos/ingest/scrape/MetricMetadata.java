package io.pharos.ingest.scrape;

/// Metadata of one metric family, as exposed by a target.
///
/// @param type as exposed; `unknown` if not exposed
/// @param help may be empty
/// @param unit may be empty
public record MetricMetadata(String metric, String type, String help, String unit) {
  static MetricMetadata unknown(String metric) {
    return new MetricMetadata(metric, "unknown", "", "");
  }
}
