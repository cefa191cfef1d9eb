package io.pharos.remote.otlp;

import java.util.List;

/// One metric of one resource.
///
/// @param points all of one kind; empty for a kind that is not known here
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

  /// What Prometheus calls the type.
  enum Kind {
    GAUGE("gauge"),
    COUNTER("counter"),
    /// A sum that may fall
    UP_DOWN("gauge"),
    HISTOGRAM("histogram"),
    EXPONENTIAL("histogram"),
    SUMMARY("summary");

    private final String type;

    Kind(String type) {
      this.type = type;
    }

    String type() {
      return type;
    }
  }

  /// What points count from on.
  enum Temporality {
    /// From a start that stays, or they do not count
    CUMULATIVE,
    /// From the point before
    DELTA,
    /// The sender does not say
    UNSPECIFIED
  }
}
