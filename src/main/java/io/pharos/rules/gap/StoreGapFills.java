package io.pharos.rules.gap;

import io.pharos.model.Labels;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryResult;
import io.pharos.storage.Queryable;
import io.pharos.trouble.ObservationGaps;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Fills the gaps of a store. Thread-safe.
final class StoreGapFills implements GapFills {
  /// Maximum number of steps whose combinations are all assumed: each costs three evaluations.
  private static final int MAX_COMBINED = 3;

  private final ObservationGaps gaps;
  private final Queryable store;
  private final Function<Queryable, Evaluator> engine;
  private final Recordings recordings = new Recordings();

  /* In gaps of Pharos, recorded series are filled like others: to compute them anew for each rule
   * that starts or ends an alert would cost too much after a start. */
  private static final Recordings NO_RECORDINGS = new Recordings();

  StoreGapFills(ObservationGaps gaps, Queryable store, Function<Queryable, Evaluator> engine) {
    this.gaps = gaps;
    this.store = store;
    this.engine = engine;
  }

  @Override
  public Optional<Filled> evaluate(Query query, long now) {
    return evaluate(query, gaps.missing(now), List.of(Fill.SLOPE), NO_RECORDINGS, now);
  }

  @Override
  public Optional<Filled> continued(Query query, long now) {
    List<ObservationGaps.Missing> failures = gaps.failures(now);
    var lost = new LostSeries(store, recordings, gaps.intervals().keySet(), failures, now);
    List<ObservationGaps.Missing> ofSources = new ArrayList<>(failures);
    query.tree().ifPresent(tree -> ofSources.addAll(lost.in(tree)));
    if (ofSources.isEmpty()) {
      return Optional.empty();
    }
    var all = new ArrayList<>(gaps.missing(now));
    all.addAll(ofSources);
    return evaluate(query, all, Fill.OF_FAILURES, recordings, now);
  }

  @Override
  public void use(List<Recordings.Recording> rules) {
    recordings.replace(rules);
  }

  private Optional<Filled> evaluate(
      Query query,
      List<ObservationGaps.Missing> missing,
      List<Fill> ofFailures,
      Recordings recorded,
      long now) {
    // Only PromQL is parsed here; gaps of Pharos do not affect the lines in Loki.
    if (missing.isEmpty() || query.tree().isEmpty()) {
      return Optional.empty();
    }
    Map<Labels, Long> intervals = gaps.intervals();
    var results = new ArrayList<QueryResult>();
    List<ObservationGaps.Missing> touched = List.of();
    Set<ObservationGaps.Missing> steps = new LinkedHashSet<>();
    for (var assumption : assumptions(ofFailures, FilledSamples.Steps.NONE)) {
      if (assumption.fill() != Fill.PREVIOUS
          && touched.stream().allMatch(ObservationGaps.Missing::ofSource)) {
        break; // only failures matter: the other assumptions are about gaps of Pharos
      }
      var samples = new FilledSamples(store, missing, assumption, intervals, now, recorded, engine);
      results.add(engine.apply(samples).evaluate(query));
      touched = samples.touched();
      steps.addAll(samples.stepsBefore());
      if (touched.isEmpty()) {
        return Optional.empty();
      }
    }
    for (FilledSamples.Steps assumed : combinations(List.copyOf(steps))) {
      for (var assumption : assumptions(ofFailures, assumed)) {
        var samples =
            new FilledSamples(store, missing, assumption, intervals, now, recorded, engine);
        results.add(engine.apply(samples).evaluate(query));
      }
    }
    return Optional.of(new Filled(results, ObservationGaps.Missing.text(touched)));
  }

  private static List<FilledSamples.Assumption> assumptions(
      List<Fill> ofFailures, FilledSamples.Steps steps) {
    var assumptions = new ArrayList<FilledSamples.Assumption>();
    for (Fill fill : Fill.OF_GAPS) {
      for (Fill ofFailure : ofFailures) {
        assumptions.add(new FilledSamples.Assumption(fill, ofFailure, steps));
      }
    }
    return assumptions;
  }

  /* A clock that was set back is known; whether it was set ahead may not be: the machine may have
   * slept. So all combinations of steps ahead are assumed, but of many only all or one. */
  private static List<FilledSamples.Steps> combinations(List<ObservationGaps.Missing> steps) {
    List<ObservationGaps.Missing> back =
        steps.stream().filter(it -> it.step().aheadMillis() < 0).toList();
    List<ObservationGaps.Missing> ahead =
        steps.stream().filter(it -> it.step().aheadMillis() > 0).toList();
    List<List<ObservationGaps.Missing>> chosen = new ArrayList<>();
    chosen.add(new ArrayList<>());
    if (ahead.size() > MAX_COMBINED) {
      ahead.forEach(step -> chosen.add(new ArrayList<>(List.of(step))));
      chosen.add(new ArrayList<>(ahead));
    } else {
      for (ObservationGaps.Missing step : ahead) {
        for (List<ObservationGaps.Missing> others : List.copyOf(chosen)) {
          var with = new ArrayList<>(others);
          with.add(step);
          chosen.add(with);
        }
      }
    }
    chosen.forEach(them -> them.addAll(back));
    return chosen.stream().filter(them -> !them.isEmpty()).map(FilledSamples.Steps::new).toList();
  }
}
