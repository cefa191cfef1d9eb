package io.pharos.rules.gap;

import static java.util.Comparator.comparingLong;

import io.pharos.model.Labels;
import io.pharos.promql.ast.Printer;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryResult;
import io.pharos.storage.Queryable;
import io.pharos.trouble.ObservationGaps;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/// Fills the gaps of a store. Thread-safe.
final class StoreGapFills implements GapFills {
  /// Maximum number of steps, and of gaps, whose combinations are assumed: each of them costs four
  /// to six evaluations.
  private static final int MAX_COMBINED = 3;

  /// Maximum number of steps of many that are assumed alone: the largest, since they move the
  /// earlier samples most. A process that paused each minute for a day leaves 1,440 possible steps.
  private static final int MAX_ALONE = 8;

  /* Reads nothing if its argument has no series. */
  private static final String JOIN_OF_SERIES = "info(";

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
    List<ObservationGaps.Missing> missing = gaps.missing(now);
    return areRead(query, missing)
        ? evaluate(query, missing, List.of(Fill.SLOPE), NO_RECORDINGS, now)
        : Optional.empty();
  }

  @Override
  public Optional<Filled> late(Query query) {
    try {
      return query.tree().isEmpty()
          ? Optional.empty()
          : Optional.of(
              new Filled(List.of(engine.apply(store).evaluate(query)), "it was not evaluated"));
    } catch (QueryException _) {
      return Optional.empty();
    }
  }

  @Override
  public boolean isInterrupted(Query query, long now) {
    return areRead(query, gaps.missing(now).stream().filter(gap -> !gap.hasOpenStart()).toList());
  }

  /* Returns whether any of these is in a window of the expression. Only PromQL is parsed here; gaps
   * of Pharos do not affect the lines in Loki. */
  private boolean areRead(Query query, List<ObservationGaps.Missing> missing) {
    if (missing.isEmpty() || query.tree().isEmpty()) {
      return false;
    }
    var windows = new ReadWindows(missing);
    try {
      engine.apply(windows).evaluate(query);
    } catch (QueryException _) {
      return true; // it fails without series, as topk(scalar(x), y): not all of its windows are
      // known
    }
    return windows.containGaps() || Printer.print(query.tree().get()).contains(JOIN_OF_SERIES);
  }

  @Override
  public Optional<Filled> continued(Query query, long now) {
    if (query.tree().isEmpty()) {
      return Optional.empty();
    }
    List<ObservationGaps.Missing> failures = gaps.failures(now);
    List<ObservationGaps.Missing> lost =
        new LostSeries(store, recordings, gaps.intervals().keySet(), failures, now)
            .in(query.tree().get());
    // An alert about the loss itself exists only while the lost series are gone.
    return Stream.of(failures, both(failures, lost))
        .limit(lost.isEmpty() ? 1 : 2)
        .filter(ofSources -> !ofSources.isEmpty())
        .flatMap(
            ofSources ->
                evaluate(
                    query, both(gaps.missing(now), ofSources), Fill.OF_FAILURES, recordings, now)
                    .stream())
        .reduce(Filled::and);
  }

  @Override
  public Set<Labels> overdue(Query query, long now) {
    boolean isOfOne =
        query.tree().map(UncertainResult::reading).stream()
            .anyMatch(UncertainResult.Reading.EACH::equals);
    return isOfOne ? gaps.overdue(now) : Set.of();
  }

  @Override
  public Set<Labels> unknown(Query query) {
    return query.tree().map(recordings::unknownIn).orElse(Set.of());
  }

  private static <T> List<T> both(Collection<T> some, Collection<T> others) {
    return Stream.concat(some.stream(), others.stream()).toList();
  }

  @Override
  public void use(List<Recordings.Recording> rules) {
    recordings.replace(rules);
  }

  @Override
  public boolean isRecordedOnce(String metric) {
    return recordings.named(metric).size() == 1;
  }

  @Override
  public void setUnknown(String metric, Set<Labels> series) {
    recordings.setUnknown(metric, series);
  }

  private Optional<Filled> evaluate(
      Query query,
      List<ObservationGaps.Missing> missing,
      List<Fill> ofFailures,
      Recordings recorded,
      long now) {
    Map<Labels, Long> intervals = gaps.intervals();
    List<ObservationGaps.Missing> failures = gaps.failures(now);
    Function<FilledSamples.Assumption, FilledSamples> filled =
        assumption ->
            new FilledSamples(
                store, missing, failures, assumption, intervals, now, recorded, engine);
    var results = new ArrayList<QueryResult>();
    Set<ObservationGaps.Missing> touched = new LinkedHashSet<>();
    Set<ObservationGaps.Missing> steps = new LinkedHashSet<>();
    Set<Fill> further = EnumSet.noneOf(Fill.class);
    for (var assumption : assumptions(Fill.OF_ALL_GAPS, ofFailures, AssumedSteps.NONE)) {
      if (assumption.fill() != Fill.OF_ALL_GAPS.getFirst()
          && touched.stream().allMatch(ObservationGaps.Missing::ofSource)) {
        break; // only failures matter: the other assumptions are about gaps of Pharos
      }
      if (assumption.fill() == Fill.PREVIOUS
          && touched.stream().allMatch(ObservationGaps.Missing::hasOpenStart)) {
        break; // without samples before the gaps, the result is that of the store
      }
      var samples = filled.apply(assumption);
      results.add(engine.apply(samples).evaluate(query));
      touched.addAll(samples.touched());
      steps.addAll(samples.stepsBefore());
      further.addAll(samples.further());
      if (touched.isEmpty()) {
        return Optional.empty();
      }
    }
    assumptions(further, ofFailures, AssumedSteps.NONE)
        .forEach(it -> results.add(engine.apply(filled.apply(it)).evaluate(query)));
    List<GapSpan> spans = FilledSamples.spans(List.copyOf(touched));
    otherwise(spans, ofFailures, AssumedSteps.NONE)
        .forEach(it -> results.add(engine.apply(filled.apply(it)).evaluate(query)));
    for (AssumedSteps assumed : combinations(List.copyOf(steps))) {
      Stream.of(
              assumptions(both(Fill.OF_ALL_GAPS, further), ofFailures, assumed),
              otherwise(spans, ofFailures, assumed))
          .flatMap(List::stream)
          .forEach(it -> results.add(engine.apply(filled.apply(it)).evaluate(query)));
    }
    return Optional.of(new Filled(results, ObservationGaps.Missing.text(List.copyOf(touched))));
  }

  private static List<FilledSamples.Assumption> assumptions(
      Collection<Fill> fills, List<Fill> ofFailures, AssumedSteps steps) {
    var assumptions = new ArrayList<FilledSamples.Assumption>();
    for (Fill fill : fills) {
      for (Fill ofFailure : ofFailures) {
        assumptions.add(new FilledSamples.Assumption(fill, ofFailure, steps, Optional.empty()));
      }
    }
    return assumptions;
  }

  /* What happened in one gap tells nothing about the others. Of two gaps, these are the pairs of
   * different assumptions; of more, one gap differs from the rest; of many, none does. If failures
   * are assumed in several ways, gaps are not. */
  private static List<FilledSamples.Assumption> otherwise(
      List<GapSpan> gaps, List<Fill> ofFailures, AssumedSteps steps) {
    var assumptions = new ArrayList<FilledSamples.Assumption>();
    int last = gaps.size() <= MAX_COMBINED && ofFailures.size() == 1 ? gaps.size() : 0;
    for (int i = 1; i < last; i++) {
      for (Fill fill : Fill.OF_GAPS) {
        for (Fill other : Fill.OF_GAPS) {
          if (other != fill) {
            assumptions.add(
                new FilledSamples.Assumption(
                    fill,
                    ofFailures.getFirst(),
                    steps,
                    Optional.of(new FilledSamples.Assumption.Other(gaps.get(i), other))));
          }
        }
      }
    }
    return assumptions;
  }

  /* A clock that was set back is known; whether it was set ahead may not be: the machine may have
   * slept. So all combinations of steps ahead are assumed, but of many only all or a large one. */
  private static List<AssumedSteps> combinations(List<ObservationGaps.Missing> steps) {
    List<ObservationGaps.Missing> back =
        steps.stream().filter(it -> it.step().aheadMillis() < 0).toList();
    List<ObservationGaps.Missing> ahead =
        steps.stream().filter(it -> it.step().aheadMillis() > 0).toList();
    List<List<ObservationGaps.Missing>> chosen = new ArrayList<>();
    chosen.add(new ArrayList<>());
    if (ahead.size() > MAX_COMBINED) {
      ahead.stream()
          .sorted(comparingLong(step -> -step.step().aheadMillis()))
          .limit(MAX_ALONE)
          .forEach(step -> chosen.add(new ArrayList<>(List.of(step))));
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
    return chosen.stream().filter(them -> !them.isEmpty()).map(AssumedSteps::new).toList();
  }
}
