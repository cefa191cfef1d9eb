package io.pharos.rules;

import static java.util.stream.Collectors.toCollection;

import io.pharos.model.Labels;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.Value;
import io.pharos.rules.gap.Certainty;
import io.pharos.rules.gap.GapFills;
import io.pharos.rules.gap.Narrowing;
import io.pharos.rules.gap.UncheckedEvaluations;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/// Checks whether the alerts of a rule depend on missing samples.
///
/// A check costs much more than an evaluation. So an alert is checked when it may fire or when it
/// fires and would end; a pending alert is not sent. If any begins or ends after an interruption of
/// Pharos, all are checked, so that the rule says at once what is unknown. Guarded by the group's
/// lock.
final class AlertChecks {
  private final Map<Labels, ActiveAlert> active;
  private final Duration holdFor;
  private final long interval;
  private final Set<String> overridden;

  private long evaluatedAt = ActiveAlert.NEVER;
  private UncheckedEvaluations unchecked = UncheckedEvaluations.NONE;
  private Set<Labels> checked = Set.of();
  private List<UncheckedEvaluations.Checked> checks = List.of();
  private Certainty certainty = Certainty.FULL;
  private String unknown = "";

  /// @param active the alerts of the rule, which it changes
  /// @param overridden labels of the alerts that do not come from the rule's expression
  AlertChecks(
      Map<Labels, ActiveAlert> active,
      Duration holdFor,
      Duration interval,
      Set<String> overridden) {
    this.active = active;
    this.holdFor = holdFor;
    this.interval = interval.toMillis();
    this.overridden = Set.copyOf(overridden);
  }

  /// Continues the checks of an earlier version of the rule.
  void takeOver(AlertChecks earlier) {
    unchecked = earlier.unchecked;
    evaluatedAt = earlier.evaluatedAt;
  }

  /// Skips time that the clock showed but that did not pass.
  void skip(long millis) {
    unchecked = unchecked.skip(millis);
    evaluatedAt += evaluatedAt == ActiveAlert.NEVER ? 0 : millis;
  }

  /// Returns whether an alert exists under at least one assumption of the last evaluation's check.
  boolean mayExist(Labels alert) {
    return certainty.mayExist(alert);
  }

  /// Returns why some alerts are uncertain, for people; empty if none is.
  String unknown() {
    return unknown;
  }

  /// Checks those alerts of an evaluation to which missing samples matter now.
  ///
  /// @param query the evaluated query
  /// @param seen labels of the alerts in its result
  /// @param isOfAll whether to check all alerts
  /// @param alerts returns the alerts of a result at a slot
  void check(
      Query query,
      long slot,
      GapFills fills,
      Set<Labels> seen,
      boolean isOfAll,
      BiFunction<Value, Long, Set<Labels>> alerts) {
    long before = evaluatedAt;
    evaluatedAt = slot;
    checked = running(_ -> true);
    checks = List.of();
    if (isOfAll || !checked.isEmpty() || !seen.isEmpty()) {
      UncheckedEvaluations all = since(checked, slot, before);
      if (isOfAll || all.isFull() || (!checked.equals(seen) && fills.isInterrupted(query, slot))) {
        checked.addAll(seen);
        checks = all.check(query, slot, fills, alerts);
        unchecked = UncheckedEvaluations.NONE;
      } else {
        checked = concerned(slot, seen);
        checks = checked.isEmpty() ? List.of() : checkSome(query, slot, before, fills, alerts);
        unchecked = all;
      }
    } else {
      unchecked = UncheckedEvaluations.NONE;
    }
    certainty = checks.isEmpty() ? Certainty.FULL : checks.getLast().certainty();
    unknown = unknown(seen);
  }

  private List<UncheckedEvaluations.Checked> checkSome(
      Query query,
      long slot,
      long before,
      GapFills fills,
      BiFunction<Value, Long, Set<Labels>> alerts) {
    return since(checked, slot, before)
        .check(
            Narrowing.narrowed(query, checked, overridden),
            slot,
            fills,
            (value, at) -> {
              var some = new HashSet<>(alerts.apply(value, at));
              some.retainAll(checked);
              return some;
            },
            this::isAnyPendingCertain);
  }

  /* `for` counts from after the last uncertain evaluation, so the ones before it do not matter. */
  private boolean isAnyPendingCertain(Certainty last) {
    return running(alert -> alert.state == AlertState.PENDING).stream()
        .anyMatch(alert -> checked.contains(alert) && last.isCertain(alert));
  }

  /// Checks the alerts of an early evaluation at the next slot.
  List<UncheckedEvaluations.Checked> early(
      Query query, long slot, GapFills fills, BiFunction<Value, Long, Set<Labels>> alerts) {
    return unchecked
        .after(Long.MIN_VALUE, slot, evaluatedAt, interval)
        .check(query, slot, fills, alerts);
  }

  /// Tells the checked alerts the results.
  ///
  /// @param seen as in [#check]
  void apply(Set<Labels> seen) {
    for (Labels labels : checked) {
      ActiveAlert alert = active.get(labels);
      // An alert that is not in the last result is held or ends.
      boolean isSeen = seen.contains(labels) || checks.isEmpty();
      if (alert != null) {
        alert.checked(isSeen ? checks : checks.subList(0, checks.size() - 1));
      }
    }
  }

  /* Returns the alerts that may fire, and the firing ones that would end. */
  private Set<Labels> concerned(long slot, Set<Labels> seen) {
    Set<Labels> concerned =
        running(
            alert ->
                seen.contains(alert.labels)
                    ? alert.isDue(slot, holdFor)
                    : alert.state == AlertState.FIRING);
    if (holdFor.isZero()) {
      var begun = new HashSet<>(seen);
      begun.removeAll(running(_ -> true));
      concerned.addAll(begun);
    }
    return concerned;
  }

  private Set<Labels> running(Predicate<ActiveAlert> condition) {
    return active.values().stream()
        .filter(alert -> alert.state != AlertState.INACTIVE && condition.test(alert))
        .map(alert -> alert.labels)
        .collect(toCollection(HashSet::new));
  }

  /* Returns the evaluations in which the certainty of some of these alerts is unknown. */
  private UncheckedEvaluations since(Set<Labels> alerts, long slot, long before) {
    long checkedUntil =
        active.values().stream()
            .filter(it -> it.state == AlertState.PENDING && alerts.contains(it.labels))
            .mapToLong(alert -> alert.checkedAt)
            .min()
            .orElse(slot);
    return unchecked.after(checkedUntil, slot, before, interval);
  }

  private String unknown(Set<Labels> seen) {
    Set<Labels> others =
        running(it -> it.uncertain && seen.contains(it.labels) && !checked.contains(it.labels));
    var judged = new HashSet<>(seen);
    judged.retainAll(checked);
    String found = certainty.unknown(judged, others);
    return found.isEmpty() && !others.isEmpty() ? unknown : found;
  }
}
