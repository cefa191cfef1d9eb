package io.pharos.promql.value;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/// What a query cost.
///
/// @param evaluated how long it ran
/// @param samples how many samples it looked at
/// @param peakSamples how many it held at once at most
public record QueryStats(Duration evaluated, long samples, long peakSamples) {
  /// Nothing is known of the cost.
  public static final QueryStats NONE = new QueryStats(Duration.ZERO, 0, 0);

  public QueryStats {
    requireNonNull(evaluated, "evaluated is null");
  }
}
