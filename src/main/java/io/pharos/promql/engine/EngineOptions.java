package io.pharos.promql.engine;

import static java.util.Objects.requireNonNull;

import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.value.QueryBounds;
import java.time.Duration;
import java.util.Set;

/// The engine's bounds and the dialect that it speaks.
///
/// @param lookback how old a sample may be and still be a series' current value; exclusive
/// @param maxSamples how many samples a query may hold at once
/// @param timeout how long a query may take, waiting for its turn included
/// @param defaultSubqueryStep the step of subqueries that name none
/// @param delayedNameRemoval whether metric names are dropped at the end of the evaluation instead
///   of by each function (`promql-delayed-name-removal`)
/// @param startTimestamps whether functions of counters look at start timestamps
///   (`use-start-timestamps`)
/// @param typeAndUnitLabels whether series say by the label `__type__` what they are
///   (`type-and-unit-labels`)
/// @param parser the language
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
    requireNonNull(parser, "parser is null");
    if (maxSamples < 1) {
      throw new IllegalArgumentException(maxSamples + ": maxSamples must be at least 1");
    }
  }

  /// Prometheus' defaults: 5 min lookback, 50 million samples, 2 min, 1 min steps.
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

  /// These options with the language and the behaviour that the features stand for.
  public EngineOptions withFeatures(Set<Feature> features) {
    return withParser(Feature.parserOptions(features))
        .withDelayedNameRemoval(features.contains(Feature.DELAYED_NAME_REMOVAL))
        .withStartTimestamps(features.contains(Feature.START_TIMESTAMPS))
        .withTypeAndUnitLabels(features.contains(Feature.TYPE_AND_UNIT_LABELS));
  }

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

  /// These options within what one query asks for.
  EngineOptions within(QueryBounds bounds) {
    Duration asked = bounds.timeout().orElse(timeout);
    return withLookback(bounds.lookback().orElse(lookback))
        .withTimeout(asked.compareTo(timeout) < 0 ? asked : timeout);
  }

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
