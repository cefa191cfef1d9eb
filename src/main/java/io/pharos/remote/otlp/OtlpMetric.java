package io.pharos.remote.otlp;

import java.util.List;

/// A metric of a resource.
///
/// @param points points of one kind; empty for an unknown kind
record OtlpMetric(
    String name,
    String description,
    String unit,
    Kind kind,
    Temporality temporality,
    List<? extends OtlpPoint> points) {
  OtlpMetric {
    points = List.copyOf(points);
  }

  /// The kind of a metric, and the metric type of Prometheus for it.
  enum Kind {
    GAUGE("gauge"),
    COUNTER("counter"),
    /// A sum that may decrease.
    UP_DOWN("gauge"),
    HISTOGRAM("histogram"),
    EXPONENTIAL("histogram"),
    SUMMARY("summary");

    final String type;

    Kind(String type) {
      this.type = type;
    }
  }

  /// The time span that a point covers.
  enum Temporality {
    /// The point covers the time since a fixed start. Also used for kinds without a temporality,
    /// such as gauges.
    CUMULATIVE,
    /// The point covers the time since the previous point.
    DELTA,
    /// The sender did not specify the temporality.
    UNSPECIFIED
  }
}
