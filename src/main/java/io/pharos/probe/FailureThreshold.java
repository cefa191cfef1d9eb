package io.pharos.probe;

/// A number of failures among the last runs of a probe.
///
/// @param failures at least 1
/// @param runs number of last runs that count, at least `failures` and at most [#MAX_RUNS]
public record FailureThreshold(int failures, int runs) {
  /// Maximum number of runs.
  public static final int MAX_RUNS = 20;

  /// The threshold that a single failure reaches.
  public static final FailureThreshold ONE = new FailureThreshold(1, 1);

  public FailureThreshold {
    if (failures < 1 || failures > runs || runs > MAX_RUNS) {
      throw new IllegalArgumentException(
          "expected 1 to " + MAX_RUNS + " runs, and at most as many failures as runs");
    }
  }

  /// Parses `3` (failures in a row) or `3 of 5`.
  ///
  /// @throws IllegalArgumentException if the text is neither
  public static FailureThreshold parse(String text) {
    String[] parts = text.split(" of ", 2);
    int failures = Integer.parseInt(parts[0]);
    return new FailureThreshold(
        failures, parts.length == 1 ? failures : Integer.parseInt(parts[1]));
  }
}
