package io.pharos.promql.value;

import java.time.Duration;
import java.util.List;

/// The cost of a query.
///
/// @param evaluated duration of the evaluation
/// @param samples number of samples read
/// @param peakSamples maximum number of samples held at once
/// @param windows how range windows were read, for evaluators with a cache
/// @param shared subexpressions, in canonical form, whose results came from another expression at
///   the same time; their samples are counted there
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
