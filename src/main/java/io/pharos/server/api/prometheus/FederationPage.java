package io.pharos.server.api.prometheus;

import io.pharos.model.LabelName;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Builds an answer of `/federate` in one of its formats. Each sample gets the external labels that
/// its series lacks.
abstract sealed class FederationPage permits FederationText, FederationProtobuf {
  private final SortedMap<String, String> external;
  private final boolean utf8;

  /// The last sample of a series.
  ///
  /// @param value undefined if there is a histogram
  record Sample(long timestampMillis, double value, @Nullable Histogram histogram) {}

  /// @param utf8 whether the reader accepts UTF-8 names, as Prometheus 3 does
  FederationPage(Labels external, boolean utf8) {
    this.external = new TreeMap<>(external.toMap());
    // An empty label prevents the scraping server from setting its own.
    this.external.putIfAbsent("instance", "");
    this.utf8 = utf8;
  }

  /// Adds the sample of a series. Series of one name must be added consecutively; a series without
  /// a name is skipped.
  abstract void add(Labels labels, Sample sample);

  abstract byte[] bytes();

  abstract String contentType();

  /// Receives labels.
  interface LabelSink {
    void label(String name, String value);
  }

  /// Passes the labels of a series except its name, and the external labels that it lacks.
  void eachLabel(Labels labels, LabelSink sink) {
    labels.withoutMetricName().forEach(sink::label);
    external.forEach(
        (name, value) -> {
          if (!labels.has(name)) {
            sink.label(name, value);
          }
        });
  }

  /// Whether a metric's name is written unescaped although it is not a legacy name.
  boolean isUnusual(String metricName) {
    return utf8 && !LabelName.isLegacyMetric(metricName);
  }

  /// A metric's name in the form that the reader accepts, without quotes.
  String metric(String name) {
    return utf8 ? name : legacy(name, true);
  }

  /// A label's name in the form that the reader accepts, without quotes.
  String label(String name) {
    return utf8 ? name : legacy(name, false);
  }

  private static String legacy(String name, boolean metric) {
    var replaced = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
      boolean legal = letter || (metric && c == ':') || (i > 0 && c >= '0' && c <= '9');
      replaced.append(legal ? c : '_');
    }
    return replaced.toString();
  }
}
