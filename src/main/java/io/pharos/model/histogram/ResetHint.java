package io.pharos.model.histogram;

/// What the writer of a histogram knows about a counter reset since the previous sample (prometheus
/// `model/histogram/histogram.go`, `CounterResetHint`).
public enum ResetHint {
  UNKNOWN,
  RESET,
  NOT_RESET,
  /// The histogram is a gauge: it has no resets.
  GAUGE
}
