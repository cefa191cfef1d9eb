package io.pharos.promql.value;

import static java.util.Objects.requireNonNull;

/// How the samples of a window are read, as of `rate(x[5m])` in a rule that is evaluated again and
/// again.
///
/// @param call the function with its window, in canonical form
/// @param whole why all samples of the window are read each time; empty where only those are that
///   came and those that left
public record WindowReading(String call, String whole) {
  public WindowReading {
    requireNonNull(call, "call is null");
    requireNonNull(whole, "whole is null");
  }

  /// Whether the window is kept between evaluations.
  public boolean isKept() {
    return whole.isEmpty();
  }
}
