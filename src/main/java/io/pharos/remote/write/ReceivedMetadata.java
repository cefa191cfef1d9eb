package io.pharos.remote.write;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Keeps the metadata of metric families that senders transmitted, in memory only. The number of
/// families, and of variants per family, is limited. Metadata beyond a limit is ignored.
/// Thread-safe.
public final class ReceivedMetadata {
  private static final int MAX_FAMILIES = 20_000;
  private static final int MAX_PER_FAMILY = 10;

  private final Map<String, Set<Family>> families = new TreeMap<>();

  /// Adds metadata if the limits allow it.
  public synchronized void add(Family metadata) {
    Set<Family> variants = families.get(metadata.family());
    if (variants == null) {
      if (metadata.family().isEmpty() || families.size() >= MAX_FAMILIES) {
        return;
      }
      variants = new LinkedHashSet<>();
      families.put(metadata.family(), variants);
    }
    if (variants.size() < MAX_PER_FAMILY) {
      variants.add(metadata);
    }
  }

  /// Returns all metadata, sorted by family.
  public synchronized List<Family> all() {
    return families.values().stream().flatMap(Set::stream).toList();
  }

  /// The metadata of a metric family, as received.
  ///
  /// @param type Prometheus' word, such as `counter`
  public record Family(String family, String type, String help, String unit) {
    /* The index of a type is its number in the messages of both versions. */
    private static final String[] TYPES = {
      "unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"
    };

    /// Returns the word for the number of a type; `unknown` for an unknown number.
    static String type(int number) {
      return number >= 0 && number < TYPES.length ? TYPES[number] : TYPES[0];
    }

    /// Returns the family of a series: its metric name without the suffixes of classic histograms
    /// and summaries, which have several series per family.
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
}
