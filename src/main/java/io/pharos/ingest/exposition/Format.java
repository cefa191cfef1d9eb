package io.pharos.ingest.exposition;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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
  /// @param preferred media ranges as returned by [#mediaRange], without quality
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

  /// Returns the media range of this format for an `Accept` header.
  public String mediaRange() {
    return mediaRange;
  }

  /// Returns the format of a `Content-Type` header; empty if the type is unknown or the text is
  /// empty. Like Prometheus 3, Pharos does not guess the format; it then uses
  /// `fallback_scrape_protocol` of the configuration.
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

  /// Returns whether an `Accept` header prefers protobuf to text, for a page that does not exist in
  /// OpenMetrics. A higher weight is preferred, then an earlier position.
  public static boolean prefersProtobuf(@Nullable String accept) {
    return first(accept, false) == PROTOBUF;
  }

  /// Returns the format that an `Accept` header prefers; text if it contains none. A higher weight
  /// is preferred, then an earlier position.
  public static Format first(@Nullable String accept) {
    return first(accept, true);
  }

  private static Format first(@Nullable String accept, boolean openMetrics) {
    Format first = TEXT;
    double best = 0;
    int from = 0;
    while (accept != null && from < accept.length()) {
      int comma = accept.indexOf(',', from);
      int end = comma < 0 ? accept.length() : comma;
      String range = accept.substring(from, end).replace(" ", "").toLowerCase(Locale.ROOT);
      from = end + 1;
      Format kind = kind(range, openMetrics);
      if (kind != null && weight(range) > best) {
        best = weight(range);
        first = kind;
      }
    }
    return first;
  }

  private static @Nullable Format kind(String range, boolean openMetrics) {
    if (isProtobuf(range)) {
      return PROTOBUF;
    }
    if (openMetrics && isOpenMetrics(range)) {
      return OPENMETRICS;
    }
    return isText(range) ? TEXT : null;
  }

  private static boolean isOpenMetrics(String range) {
    return range.startsWith("application/openmetrics-text")
        && (!range.contains(";version=")
            || has(range, "version=1.0.0")
            || has(range, "version=0.0.1"));
  }

  private static boolean isProtobuf(String range) {
    return range.startsWith("application/vnd.google.protobuf;")
        && has(range, "proto=io.prometheus.client.metricfamily")
        && has(range, "encoding=delimited");
  }

  private static boolean isText(String range) {
    return range.startsWith("text/plain")
        && (!range.contains(";version=")
            || has(range, "version=0.0.4")
            || has(range, "version=1.0.0"));
  }

  private static boolean has(String range, String parameter) {
    return (range + ";").contains(";" + parameter + ";");
  }

  private static double weight(String range) {
    int start = range.indexOf(";q=");
    if (start < 0) {
      return 1;
    }
    int end = range.indexOf(';', start + 1);
    try {
      return Double.parseDouble(range.substring(start + 3, end < 0 ? range.length() : end));
    } catch (NumberFormatException _) { // an invalid weight counts as 0
      return 0;
    }
  }
}
