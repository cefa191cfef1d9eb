package io.pharos.promql.value;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;

/// What a query cost.
///
/// @param evaluated how long it ran
/// @param samples how many samples it looked at
/// @param peakSamples how many it held at once at most
/// @param windows how windows were read, where something is kept for the one who asks
/// @param shared the parts of the expression, in canonical form, that were evaluated for another
///   one at the same time: the samples that they looked at are counted there
public record QueryStats(
    Duration evaluated,
    long samples,
    long peakSamples,
    List<WindowReading> windows,
    List<String> shared) {
  /// Nothing is known of the cost.
  public static final QueryStats NONE = new QueryStats(Duration.ZERO, 0, 0);

  public QueryStats {
    requireNonNull(evaluated, "evaluated is null");
    windows = List.copyOf(windows);
    shared = List.copyOf(shared);
  }

  /// Where nothing is kept.
  public QueryStats(Duration evaluated, long samples, long peakSamples) {
    this(evaluated, samples, peakSamples, List.of(), List.of());
  }
}
