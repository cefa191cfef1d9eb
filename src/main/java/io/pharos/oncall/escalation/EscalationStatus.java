package io.pharos.oncall.escalation;

import io.pharos.oncall.escalation.Escalation.Call;
import io.pharos.oncall.escalation.Ladder.Rung;
import io.pharos.oncall.schedule.DutyOverride;
import io.pharos.oncall.schedule.OnCallPerson;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where the policy of a group is, for people.
///
/// @param level number of the current level; 0 before the first one
/// @param told the people who were told
/// @param next what comes next unless somebody acknowledges; null if nothing does
/// @param hasFallenBack whether nobody on the last level could be reached
public record EscalationStatus(
    String groupKey,
    String policy,
    Instant startedAt,
    int level,
    List<String> told,
    @Nullable Next next,
    boolean hasFallenBack) {
  public EscalationStatus {
    told = List.copyOf(told);
  }

  /// The next step.
  ///
  /// @param people empty if nobody is on call then
  public record Next(Instant at, int level, List<String> people) {
    public Next {
      people = List.copyOf(people);
    }
  }

  /// @param isWaiting whether the policy goes on: nobody has acknowledged
  static EscalationStatus of(
      Escalation state, PolicyPlan plan, List<DutyOverride> overrides, boolean isWaiting) {
    return new EscalationStatus(
        state.groupKey(),
        state.policy(),
        state.startedAt(),
        plan.level(state),
        state.calls().stream()
            .filter(call -> !call.tries().isEmpty())
            .map(Call::person)
            .distinct()
            .toList(),
        isWaiting ? next(state, plan, overrides) : null,
        state.fallbackAt() != null);
  }

  private static @Nullable Next next(
      Escalation state, PolicyPlan plan, List<DutyOverride> overrides) {
    var steps = new ArrayList<Next>();
    @Nullable Ladder ladder = plan.ladders().get(state.policy());
    if (ladder != null && state.rung() + 1 < ladder.rungs().size()) {
      Rung rung = ladder.rungs().get(state.rung() + 1);
      Instant at = state.waitsFrom().plus(rung.after());
      steps.add(new Next(at, rung.level(), plan.onCall(rung, at, overrides)));
    }
    for (Call call : state.calls()) {
      @Nullable OnCallPerson person = plan.people().get(call.person());
      int taken = call.tries().size();
      if (person != null && taken < person.steps(call.isImportant()).size()) {
        @Nullable Instant due = Climb.due(call, person.steps(call.isImportant()).get(taken));
        if (due != null) {
          steps.add(new Next(due, call.level(), List.of(call.person())));
        }
      }
    }
    return steps.stream().min(Comparator.comparing(Next::at)).orElse(null);
  }
}
