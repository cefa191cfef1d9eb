package io.pharos.server.app.health;

import io.pharos.alerting.heartbeat.Condition;
import io.pharos.model.PromDuration;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleHealth;
import io.pharos.rules.RuleSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Decides whether this Pharos is well: no critical trouble (such as an unreachable store, a loop
/// that does not run, or targets that it can't observe), at least one rule that can be evaluated,
/// and not only failing deliveries.
///
/// @param danger returns the critical troubles
/// @param groups returns the rule groups after their last evaluations
/// @param failing returns how long every delivery has failed; empty if they do not
public record OwnCondition(
    Supplier<List<String>> danger,
    Supplier<List<GroupSnapshot>> groups,
    Supplier<Optional<Duration>> failing)
    implements Supplier<Condition> {
  /// For shorter failures there are retries and fallbacks, which begin after a minute.
  static final Duration PATIENCE = Duration.ofMinutes(5);

  @Override
  public Condition get() {
    var reasons = new ArrayList<>(danger.get());
    List<RuleSnapshot.Evaluation> evaluations =
        groups.get().stream()
            .flatMap(group -> group.rules().stream())
            .map(RuleSnapshot::evaluation)
            .toList();
    List<RuleSnapshot.Evaluation> known =
        evaluations.stream().filter(it -> it.health() != RuleHealth.UNKNOWN).toList();
    if (!known.isEmpty() && known.stream().allMatch(it -> it.health() == RuleHealth.ERR)) {
      reasons.add("no rule can be evaluated: " + known.getFirst().lastError());
    }
    failing
        .get()
        .filter(time -> time.compareTo(PATIENCE) >= 0)
        .ifPresent(
            time ->
                reasons.add(
                    "no notification was delivered for "
                        + PromDuration.format(Duration.ofMinutes(time.toMinutes()))));
    if (!reasons.isEmpty()) {
      return new Condition.Unwell(reasons);
    }
    return known.isEmpty() && !evaluations.isEmpty()
        ? new Condition.Starting()
        : new Condition.Well();
  }
}
