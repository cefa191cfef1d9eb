package io.pharos.server.api.prometheus;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Which of the formats of `/federate` a scraper asks for first.
public final class FederationAccept {
  private FederationAccept() {}

  /// Whether protobuf stands before the text, by weight and then by place. What asks for neither
  /// gets the text.
  public static boolean prefersProtobuf(@Nullable String accept) {
    boolean protobuf = false;
    double best = 0;
    int from = 0;
    while (accept != null && from < accept.length()) {
      int comma = accept.indexOf(',', from);
      int end = comma < 0 ? accept.length() : comma;
      String range = accept.substring(from, end).replace(" ", "").toLowerCase(Locale.ROOT);
      from = end + 1;
      boolean binary = isProtobuf(range);
      if ((binary || isText(range)) && weight(range) > best) {
        best = weight(range);
        protobuf = binary;
      }
    }
    return protobuf;
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
    } catch (NumberFormatException _) { // what has no weight is not wanted
      return 0;
    }
  }
}
