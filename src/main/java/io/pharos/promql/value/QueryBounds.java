package io.pharos.promql.value;

import java.time.Duration;
import java.util.Optional;

/// Limits of one query that replace the evaluator's settings.
///
/// @param timeout maximum duration, capped by the evaluator's own timeout
/// @param lookback maximum age of a sample that counts as current
public record QueryBounds(Optional<Duration> timeout, Optional<Duration> lookback) {
  /// Keeps the evaluator's settings.
  public static final QueryBounds NONE = new QueryBounds(Optional.empty(), Optional.empty());
}
