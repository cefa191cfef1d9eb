package io.pharos.promql.engine.query;

import static java.util.Objects.requireNonNull;

import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.value.QueryBounds;
import java.time.Duration;
import java.util.Set;

/// Limits of the engine and its language options.
///
/// @param lookback maximum age of a sample that counts as current; exclusive
/// @param maxSamples maximum number of samples that a query may hold at once
/// @param timeout maximum duration of a query, including time in the queue
/// @param defaultSubqueryStep step of subqueries without one
/// @param delayedNameRemoval whether metric names are removed at the end of the evaluation instead
///   of by each function (`promql-delayed-name-removal`)
/// @param startTimestamps whether counter functions use start timestamps (`use-start-timestamps`)
/// @param typeAndUnitLabels whether series have the label `__type__` (`type-and-unit-labels`)
/// @param parser language options
public record EngineOptions(
    Duration lookback,
    int maxSamples,
    Duration timeout,
    Duration defaultSubqueryStep,
    boolean delayedNameRemoval,
    boolean startTimestamps,
    boolean typeAndUnitLabels,
    ParserOptions parser) {
  public EngineOptions {
    requirePositive(lookback, "lookback");
    requirePositive(timeout, "timeout");
    requirePositive(defaultSubqueryStep, "defaultSubqueryStep");
    if (maxSamples < 1) {
      throw new IllegalArgumentException(maxSamples + ": maxSamples must be at least 1");
    }
  }

  /// Returns Prometheus' defaults: 5 min lookback, 50 million samples, 2 min timeout, 1 min steps.
  public static EngineOptions defaults() {
    return new EngineOptions(
        Duration.ofMinutes(5),
        50_000_000,
        Duration.ofMinutes(2),
        Duration.ofMinutes(1),
        false,
        false,
        false,
        ParserOptions.defaults());
  }

  /// Returns these options with the features enabled.
  public EngineOptions withFeatures(Set<Feature> features) {
    return withParser(Feature.parserOptions(features))
        .withDelayedNameRemoval(features.contains(Feature.DELAYED_NAME_REMOVAL))
        .withStartTimestamps(features.contains(Feature.START_TIMESTAMPS))
        .withTypeAndUnitLabels(features.contains(Feature.TYPE_AND_UNIT_LABELS));
  }

  /// Returns a copy with another lookback.
  public EngineOptions withLookback(Duration changed) {
    return new EngineOptions(
        changed,
        maxSamples,
        timeout,
        defaultSubqueryStep,
        delayedNameRemoval,
        startTimestamps,
        typeAndUnitLabels,
        parser);
  }

  /// Returns a copy with another limit on samples.
  public EngineOptions withMaxSamples(int changed) {
    return new EngineOptions(
        lookback,
        changed,
        timeout,
        defaultSubqueryStep,
        delayedNameRemoval,
        startTimestamps,
        typeAndUnitLabels,
        parser);
  }

  /// Returns a copy with another timeout.
  public EngineOptions withTimeout(Duration changed) {
    return new EngineOptions(
        lookback,
        maxSamples,
        changed,
        defaultSubqueryStep,
        delayedNameRemoval,
        startTimestamps,
        typeAndUnitLabels,
        parser);
  }

  /// Returns these options, restricted by the limits of one query.
  public EngineOptions within(QueryBounds bounds) {
    Duration asked = bounds.timeout().orElse(timeout);
    return withLookback(bounds.lookback().orElse(lookback))
        .withTimeout(asked.compareTo(timeout) < 0 ? asked : timeout);
  }

  /// Returns a copy with another step for subqueries without one.
  public EngineOptions withDefaultSubqueryStep(Duration changed) {
    return new EngineOptions(
        lookback,
        maxSamples,
        timeout,
        changed,
        delayedNameRemoval,
        startTimestamps,
        typeAndUnitLabels,
        parser);
  }

  /// Returns a copy with names removed at the end, or not.
  public EngineOptions withDelayedNameRemoval(boolean changed) {
    return new EngineOptions(
        lookback,
        maxSamples,
        timeout,
        defaultSubqueryStep,
        changed,
        startTimestamps,
        typeAndUnitLabels,
        parser);
  }

  /// Returns a copy with start timestamps used, or not.
  public EngineOptions withStartTimestamps(boolean changed) {
    return new EngineOptions(
        lookback,
        maxSamples,
        timeout,
        defaultSubqueryStep,
        delayedNameRemoval,
        changed,
        typeAndUnitLabels,
        parser);
  }

  /// Returns a copy with type and unit labels, or not.
  public EngineOptions withTypeAndUnitLabels(boolean changed) {
    return new EngineOptions(
        lookback,
        maxSamples,
        timeout,
        defaultSubqueryStep,
        delayedNameRemoval,
        startTimestamps,
        changed,
        parser);
  }

  /// Returns a copy with another language.
  public EngineOptions withParser(ParserOptions changed) {
    return new EngineOptions(
        lookback,
        maxSamples,
        timeout,
        defaultSubqueryStep,
        delayedNameRemoval,
        startTimestamps,
        typeAndUnitLabels,
        changed);
  }

  private static void requirePositive(Duration duration, String name) {
    if (!requireNonNull(duration, name + " is null").isPositive()) {
      throw new IllegalArgumentException(duration + ": " + name + " must be positive");
    }
  }
}
