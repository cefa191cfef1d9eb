package io.pharos.ingest.exposition;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Finds the exposition format that an `Accept` header prefers.
public final class AcceptedFormats {
  /// A format; an `Accept` header without any of them means text.
  public enum Kind {
    TEXT,
    OPENMETRICS,
    PROTOBUF
  }

  private AcceptedFormats() {}

  /// Whether protobuf precedes text, by weight and then by position, for a page that does not exist
  /// in OpenMetrics.
  public static boolean prefersProtobuf(@Nullable String accept) {
    return first(accept, false) == Kind.PROTOBUF;
  }

  /// The preferred format, by weight and then by position.
  public static Kind first(@Nullable String accept) {
    return first(accept, true);
  }

  private static Kind first(@Nullable String accept, boolean openMetrics) {
    Kind first = Kind.TEXT;
    double best = 0;
    int from = 0;
    while (accept != null && from < accept.length()) {
      int comma = accept.indexOf(',', from);
      int end = comma < 0 ? accept.length() : comma;
      String range = accept.substring(from, end).replace(" ", "").toLowerCase(Locale.ROOT);
      from = end + 1;
      Kind kind = kind(range, openMetrics);
      if (kind != null && weight(range) > best) {
        best = weight(range);
        first = kind;
      }
    }
    return first;
  }

  private static @Nullable Kind kind(String range, boolean openMetrics) {
    if (isProtobuf(range)) {
      return Kind.PROTOBUF;
    }
    if (openMetrics && isOpenMetrics(range)) {
      return Kind.OPENMETRICS;
    }
    return isText(range) ? Kind.TEXT : null;
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
    int at = range.indexOf(";q=");
    if (at < 0) {
      return 1;
    }
    int end = range.indexOf(';', at + 1);
    try {
      return Double.parseDouble(range.substring(at + 3, end < 0 ? range.length() : end));
    } catch (NumberFormatException _) { // an invalid weight counts as 0
      return 0;
    }
  }
}
