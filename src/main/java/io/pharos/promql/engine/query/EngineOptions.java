package io.pharos.promql.engine.query;

import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.value.QueryBounds;
import java.time.Duration;
import java.util.Set;

/// Limits and features of the engine.
///
/// @param lookback maximum age, exclusive, of a sample that is used as the current one
/// @param maxSamples maximum number of samples of one query in memory
/// @param timeout maximum duration of a query, including the time in the queue
/// @param defaultSubqueryStep step of subqueries without a step
/// @param features enabled features
public record EngineOptions(
    Duration lookback,
    int maxSamples,
    Duration timeout,
    Duration defaultSubqueryStep,
    Set<Feature> features) {
  public EngineOptions {
    requirePositive(lookback, "lookback");
    requirePositive(timeout, "timeout");
    requirePositive(defaultSubqueryStep, "defaultSubqueryStep");
    if (maxSamples < 1) {
      throw new IllegalArgumentException(maxSamples + ": maxSamples must be at least 1");
    }
    features = Set.copyOf(features);
  }

  /// Returns Prometheus' defaults: 5 min lookback, 50 million samples, 2 min timeout, 1 min steps.
  public static EngineOptions defaults() {
    return new EngineOptions(
        Duration.ofMinutes(5), 50_000_000, Duration.ofMinutes(2), Duration.ofMinutes(1), Set.of());
  }

  /// Returns whether metric names are removed at the end of the evaluation instead of by each
  /// function.
  public boolean delayedNameRemoval() {
    return features.contains(Feature.DELAYED_NAME_REMOVAL);
  }

  /// Returns whether counter functions use start timestamps.
  public boolean startTimestamps() {
    return features.contains(Feature.START_TIMESTAMPS);
  }

  /// Returns whether series have the labels `__type__` and `__unit__`.
  public boolean typeAndUnitLabels() {
    return features.contains(Feature.TYPE_AND_UNIT_LABELS);
  }

  /// Returns the options of the parser for these features.
  public ParserOptions parser() {
    return Feature.parserOptions(features);
  }

  /// Returns a copy with these features.
  public EngineOptions withFeatures(Set<Feature> changed) {
    return new EngineOptions(lookback, maxSamples, timeout, defaultSubqueryStep, changed);
  }

  /// Returns a copy with this lookback.
  public EngineOptions withLookback(Duration changed) {
    return new EngineOptions(changed, maxSamples, timeout, defaultSubqueryStep, features);
  }

  /// Returns a copy with this limit on samples.
  public EngineOptions withMaxSamples(int changed) {
    return new EngineOptions(lookback, changed, timeout, defaultSubqueryStep, features);
  }

  /// Returns a copy with this timeout.
  public EngineOptions withTimeout(Duration changed) {
    return new EngineOptions(lookback, maxSamples, changed, defaultSubqueryStep, features);
  }

  /// Returns a copy with this step for subqueries without a step.
  public EngineOptions withDefaultSubqueryStep(Duration changed) {
    return new EngineOptions(lookback, maxSamples, timeout, changed, features);
  }

  /// Returns these options, restricted by the limits of one query.
  public EngineOptions within(QueryBounds bounds) {
    Duration requested = bounds.timeout().orElse(timeout);
    return withLookback(bounds.lookback().orElse(lookback))
        .withTimeout(requested.compareTo(timeout) < 0 ? requested : timeout);
  }

  private static void requirePositive(Duration duration, String name) {
    if (!duration.isPositive()) {
      throw new IllegalArgumentException(duration + ": " + name + " must be positive");
    }
  }
}
