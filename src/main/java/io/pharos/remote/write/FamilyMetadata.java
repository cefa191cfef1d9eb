package io.pharos.remote.write;

import java.util.List;

/// The metadata of a metric family, as received.
///
/// @param type Prometheus' word, such as `counter`
public record FamilyMetadata(String family, String type, String help, String unit) {
  /* In the order of the numbers in the messages of both versions. */
  private static final String[] TYPES = {
    "unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"
  };

  /// The word for a type's number; `unknown` for unknown numbers.
  static String type(int number) {
    return number >= 0 && number < TYPES.length ? TYPES[number] : TYPES[0];
  }

  /// The family of a series; classic histograms and summaries have several series per family.
  static String family(String metric, String type) {
    List<String> suffixes =
        switch (type) {
          case "histogram", "gaugehistogram" -> List.of("_bucket", "_count", "_sum");
          case "summary" -> List.of("_count", "_sum");
          default -> List.of();
        };
    for (String suffix : suffixes) {
      if (metric.endsWith(suffix)) {
        return metric.substring(0, metric.length() - suffix.length());
      }
    }
    return metric;
  }
}
