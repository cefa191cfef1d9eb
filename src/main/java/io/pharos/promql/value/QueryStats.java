package io.pharos.promql.value;

import java.time.Duration;
import java.util.List;

/// The cost of a query.
///
/// @param evaluated duration of the evaluation
/// @param samples number of samples read
/// @param peakSamples maximum number of samples in memory at once
/// @param windows how the range windows were read, if the evaluator has a cache
/// @param shared subexpressions, in canonical form, whose values another expression had already
///   computed for the same time; `samples` does not contain their samples
public record QueryStats(
    Duration evaluated,
    long samples,
    long peakSamples,
    List<WindowReading> windows,
    List<String> shared) {
  /// Unknown cost.
  public static final QueryStats NONE = new QueryStats(Duration.ZERO, 0, 0);

  public QueryStats {
    windows = List.copyOf(windows);
    shared = List.copyOf(shared);
  }

  /// Creates the cost of a query without a cache.
  public QueryStats(Duration evaluated, long samples, long peakSamples) {
    this(evaluated, samples, peakSamples, List.of(), List.of());
  }
}
