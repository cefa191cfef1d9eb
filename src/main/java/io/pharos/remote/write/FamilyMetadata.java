package io.pharos.remote.write;

import static java.util.Objects.requireNonNull;

import java.util.List;

/// What a sender says of a metric family.
///
/// @param type the word that Prometheus uses for it, as in `counter`
public record FamilyMetadata(String family, String type, String help, String unit) {
  /* The order of the numbers on the wire, in both versions. */
  private static final String[] TYPES = {
    "unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"
  };

  public FamilyMetadata {
    requireNonNull(family, "family is null");
    requireNonNull(type, "type is null");
    requireNonNull(help, "help is null");
    requireNonNull(unit, "unit is null");
  }

  /// The word for a type on the wire; a number that is not known is `unknown`.
  static String type(int number) {
    return number >= 0 && number < TYPES.length ? TYPES[number] : TYPES[0];
  }

  /// The family that a series of that name belongs to: the classic histograms and the summaries
  /// have several series.
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
