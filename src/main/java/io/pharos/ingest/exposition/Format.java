package io.pharos.ingest.exposition;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// An exposition format, and its negotiation by HTTP headers.
public enum Format {
  /// Prometheus' text format 0.0.4, and 1.0.0, which differs only in allowing UTF-8 names.
  TEXT("text/plain;version=0.0.4"),
  /// OpenMetrics text 0.0.1 and 1.0.0.
  OPENMETRICS("application/openmetrics-text;version=1.0.0"),
  /// Prometheus' protobuf format: `MetricFamily` messages, each preceded by its length.
  PROTOBUF(
      "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited");

  private final String mediaRange;

  Format(String mediaRange) {
    this.mediaRange = mediaRange;
  }

  /// Returns an `Accept` header for formats in order of preference. UTF-8 names are allowed
  /// (`escaping=allow-utf-8`).
  ///
  /// @param preferred media ranges such as [#mediaRange], without quality
  public static String accept(List<String> preferred) {
    var ranges = new ArrayList<String>();
    int quality = preferred.size() + 1;
    for (String range : preferred) {
      boolean utf8 = range.endsWith("version=1.0.0");
      ranges.add(range + (utf8 ? ";escaping=allow-utf-8" : "") + ";q=0." + quality--);
    }
    ranges.add("*/*;q=0." + quality);
    return String.join(",", ranges);
  }

  /// The media range of this format in an `Accept` header.
  public String mediaRange() {
    return mediaRange;
  }

  /// The format of a `Content-Type` header; empty for unknown types and without the header. Like
  /// Prometheus 3, Pharos does not guess: the configuration's `fallback_scrape_protocol` decides
  /// then.
  public static Optional<Format> of(String contentType) {
    int end = contentType.indexOf(';');
    String type = (end < 0 ? contentType : contentType.substring(0, end)).strip();
    return switch (type.toLowerCase(Locale.ROOT)) {
      case "text/plain" -> Optional.of(TEXT);
      case "application/openmetrics-text" -> Optional.of(OPENMETRICS);
      case "application/vnd.google.protobuf" -> Optional.of(PROTOBUF);
      default -> Optional.empty();
    };
  }
}
