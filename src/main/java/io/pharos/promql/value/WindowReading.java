package io.pharos.promql.value;

/// How an evaluator with a cache reads the samples of a range window, such as the window of
/// `rate(x[5m])` in a rule.
///
/// @param call the function with its window, in canonical form
/// @param whole reason why every evaluation reads all samples of the window; empty if an evaluation
///   reads only the samples that entered or left the window since the last evaluation
public record WindowReading(String call, String whole) {
  /// Returns whether the state of the window is kept between evaluations, so that an evaluation
  /// need not read all samples.
  public boolean isKept() {
    return whole.isEmpty();
  }
}
