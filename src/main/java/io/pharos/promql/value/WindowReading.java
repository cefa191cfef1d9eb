package io.pharos.promql.value;

/// How the samples of a range window were read in repeated evaluations, as of `rate(x[5m])` in a
/// rule.
///
/// @param call the function with its window, in canonical form
/// @param whole why every evaluation reads all samples; empty if it reads only added and removed
///   ones
public record WindowReading(String call, String whole) {
  /// Whether the window is kept between evaluations.
  public boolean isKept() {
    return whole.isEmpty();
  }
}
