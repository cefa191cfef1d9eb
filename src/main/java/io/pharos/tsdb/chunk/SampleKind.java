package io.pharos.tsdb.chunk;

/// Type of the samples in a chunk; each chunk holds one type.
public enum SampleKind {
  FLOAT("float"),
  HISTOGRAM("histogram");

  private final String label;

  SampleKind(String label) {
    this.label = label;
  }

  /// The value of the `type` label in Prometheus' sample counters.
  public String label() {
    return label;
  }
}
