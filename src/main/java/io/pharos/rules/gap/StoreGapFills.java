package io.pharos.rules.gap;

import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryResult;
import io.pharos.storage.Queryable;
import io.pharos.trouble.ObservationGaps;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Fills the gaps of a store. Thread-safe.
final class StoreGapFills implements GapFills {
  private final ObservationGaps gaps;
  private final Queryable store;
  private final Function<Queryable, Evaluator> engine;
  private final Recordings recordings = new Recordings();

  StoreGapFills(ObservationGaps gaps, Queryable store, Function<Queryable, Evaluator> engine) {
    this.gaps = gaps;
    this.store = store;
    this.engine = engine;
  }

  @Override
  public Optional<Filled> evaluate(Query query, long now) {
    return evaluate(query, gaps.missing(now), List.of(Fill.SLOPE), now);
  }

  @Override
  public Optional<Filled> continued(Query query, long now) {
    List<ObservationGaps.Missing> failures = gaps.failures(now);
    if (failures.isEmpty()) {
      return Optional.empty();
    }
    var all = new ArrayList<>(gaps.missing(now));
    all.addAll(failures);
    return evaluate(query, all, List.of(Fill.values()), now);
  }

  @Override
  public void use(List<Recordings.Recording> rules) {
    recordings.replace(rules);
  }

  private Optional<Filled> evaluate(
      Query query, List<ObservationGaps.Missing> missing, List<Fill> ofFailures, long now) {
    // Only PromQL is parsed here; gaps of Pharos do not affect the lines in Loki.
    if (missing.isEmpty() || query.tree().isEmpty()) {
      return Optional.empty();
    }
    long interval = gaps.shortestInterval(FilledSamples.DEFAULT_SPACING_MILLIS);
    var results = new ArrayList<QueryResult>();
    List<ObservationGaps.Missing> touched = List.of();
    for (FilledSamples.Assumption assumption : assumptions(ofFailures)) {
      if (assumption.times() != FilledSamples.Times.AS_STORED
          && touched.stream().allMatch(gap -> gap.stepMillis() == 0)) {
        continue;
      }
      var samples =
          new FilledSamples(store, missing, assumption, interval, now, recordings, engine);
      results.add(engine.apply(samples).evaluate(query));
      touched = samples.touched();
      if (touched.isEmpty()) {
        return Optional.empty();
      }
    }
    return Optional.of(new Filled(results, ObservationGaps.Missing.text(touched)));
  }

  /* Returns all combinations; those with the stored times come first. */
  private static List<FilledSamples.Assumption> assumptions(List<Fill> ofFailures) {
    var assumptions = new ArrayList<FilledSamples.Assumption>();
    for (FilledSamples.Times times : FilledSamples.Times.values()) {
      for (Fill fill : Fill.values()) {
        for (Fill ofFailure : ofFailures) {
          assumptions.add(new FilledSamples.Assumption(fill, ofFailure, times));
        }
      }
    }
    return assumptions;
  }
}
