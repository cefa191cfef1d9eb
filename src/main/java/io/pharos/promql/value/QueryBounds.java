package io.pharos.promql.value;

import java.time.Duration;
import java.util.Optional;

/// Limits of one query that replace the evaluator's settings.
///
/// @param timeout maximum duration, capped by the evaluator's own timeout
/// @param lookback maximum age, exclusive, of a sample that is used as the current one
public record QueryBounds(Optional<Duration> timeout, Optional<Duration> lookback) {
  /// Leaves the evaluator's settings unchanged.
  public static final QueryBounds NONE = new QueryBounds(Optional.empty(), Optional.empty());
}
