package io.pharos.rules.gap;

import io.pharos.model.Labels;
import io.pharos.promql.ast.Printer;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Value;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/// The evaluations of an alerting rule since the last check whether its pending alerts depend on
/// missing samples.
///
/// A check evaluates the expression anew under each assumption, without the cache, so that it costs
/// much more than an evaluation. A rule is therefore checked when an alert would fire or end: then
/// one range query per assumption checks all evaluations since the last check.
///
/// @param evaluations in time order
public record UncheckedEvaluations(List<Evaluation> evaluations) {
  public static final UncheckedEvaluations NONE = new UncheckedEvaluations(List.of());

  /// Maximum number of evaluations in a check. It bounds the time of a check: that of a range query
  /// with as many steps.
  private static final int MAX = 64;

  /* Their values depend on the range of the query. */
  private static final List<String> OF_RANGE = List.of("start()", "end()", "step()", "range()");

  /// Copies the list.
  public UncheckedEvaluations {
    evaluations = List.copyOf(evaluations);
  }

  /// An evaluation.
  ///
  /// @param slot its time in Unix milliseconds
  /// @param countsFrom the slot, later by the time that the clock has shown since but that did not
  ///   pass
  /// @param isMissed whether the rule was not evaluated then
  public record Evaluation(long slot, long countsFrom, boolean isMissed) {}

  /// An evaluation and the certainty of its alerts.
  public record Checked(Evaluation evaluation, Certainty certainty) {}

  /// Returns the evaluations that a process may have left unchecked.
  ///
  /// @param slots the slots of its evaluations, in order
  public static UncheckedEvaluations lastOf(List<Long> slots) {
    return new UncheckedEvaluations(
        slots.subList(Math.max(0, slots.size() - MAX), slots.size()).stream()
            .map(slot -> new Evaluation(slot, slot, false))
            .toList());
  }

  /// Returns those of these evaluations that are after a time, one at a slot, and those that were
  /// missed before that slot.
  ///
  /// @param before slot of the evaluation before; `Long.MIN_VALUE` if there was none
  /// @param interval milliseconds between slots
  public UncheckedEvaluations after(long millis, long slot, long before, long interval) {
    var kept = new ArrayList<>(evaluations);
    long from = before == Long.MIN_VALUE ? slot : Math.max(before, slot - MAX * interval);
    for (long count = (slot - from - 1) / interval; count > 0; count--) {
      long missed = slot - count * interval;
      kept.add(new Evaluation(missed, missed, true));
    }
    kept.removeIf(it -> it.slot <= millis);
    kept.add(new Evaluation(slot, slot, false));
    return new UncheckedEvaluations(kept);
  }

  /// Returns whether these must be checked now.
  public boolean isFull() {
    return evaluations.size() >= MAX;
  }

  /// Returns these evaluations after time that the clock showed but that did not pass.
  public UncheckedEvaluations skip(long millis) {
    return new UncheckedEvaluations(
        evaluations.stream()
            .map(it -> new Evaluation(it.slot, it.countsFrom + millis, it.isMissed))
            .toList());
  }

  /// Returns the certainty of the alerts at each evaluation.
  ///
  /// @param query the query at the time of the last evaluation
  /// @param now end of the known samples, in Unix milliseconds
  /// @param alerts returns the alerts of a result at a slot
  public List<Checked> check(
      Query query, long now, GapFills fills, BiFunction<Value, Long, Set<Labels>> alerts) {
    Evaluation last = evaluations.getLast();
    long millis = millis(query);
    long offset = last.slot - millis;
    Optional<Duration> step = step(query);
    var checked = new ArrayList<Checked>(evaluations.size());
    for (List<Evaluation> part :
        step.isEmpty() ? evaluations.stream().map(List::of).toList() : List.of(evaluations)) {
      long from = part.getFirst().slot - offset;
      Query all = step.isEmpty() ? query.at(from) : query.over(from, millis, step.get());
      Optional<GapFills.Filled> filled = fills.evaluate(all, now);
      Optional<GapFills.Filled> missed =
          filled.isEmpty() && part.stream().anyMatch(Evaluation::isMissed)
              ? fills.late(all)
              : filled;
      part.forEach(it -> checked.add(checked(it, it.isMissed ? missed : filled, offset, alerts)));
    }
    return checked;
  }

  /// Returns the certainty of the alerts at the last evaluation, and at the earlier ones if they
  /// matter: they cost as much each.
  ///
  /// @param query as in the other method, as are the next three
  /// @param matter whether the earlier ones matter, by the certainty at the last one
  public List<Checked> check(
      Query query,
      long now,
      GapFills fills,
      BiFunction<Value, Long, Set<Labels>> alerts,
      Predicate<Certainty> matter) {
    int earlier = evaluations.size() - 1;
    Evaluation last = evaluations.getLast();
    List<Checked> ofLast = new UncheckedEvaluations(List.of(last)).check(query, now, fills, alerts);
    if (earlier == 0 || !matter.test(ofLast.getFirst().certainty())) {
      return ofLast;
    }
    var others = new UncheckedEvaluations(evaluations.subList(0, earlier));
    long back = last.slot - others.evaluations.getLast().slot;
    var all = new ArrayList<>(others.check(query.at(millis(query) - back), now, fills, alerts));
    all.addAll(ofLast);
    return all;
  }

  private static long millis(Query query) {
    if (!(query.span() instanceof Query.At(long millis))) {
      throw new IllegalArgumentException("expected a query at one time, got " + query.span());
    }
    return millis;
  }

  private static Checked checked(
      Evaluation evaluation,
      Optional<GapFills.Filled> filled,
      long offset,
      BiFunction<Value, Long, Set<Labels>> alerts) {
    long slot = evaluation.slot;
    Certainty certainty =
        filled
            .map(
                it ->
                    it.certainty(
                        value ->
                            alerts.apply(
                                value instanceof RangeMatrix range
                                    ? range.at(slot - offset)
                                    : value,
                                slot)))
            .orElse(Certainty.FULL);
    return new Checked(evaluation, certainty);
  }

  /* Returns the step of a range query that has all slots; empty if each needs its own query. */
  private Optional<Duration> step(Query query) {
    long first = evaluations.getFirst().slot;
    long last = evaluations.getLast().slot;
    long step = evaluations.size() == 1 ? 0 : evaluations.get(1).slot - first;
    boolean isRegular =
        step > 0
            && (last - first) / step < 2 * MAX
            && evaluations.stream()
                .allMatch(it -> it.slot >= first && (it.slot - first) % step == 0);
    return isRegular
            && query
                .tree()
                .map(Printer::print)
                .filter(expression -> OF_RANGE.stream().anyMatch(expression::contains))
                .isEmpty()
        ? Optional.of(Duration.ofMillis(step))
        : Optional.empty();
  }
}
