package io.pharos.oncall.escalation;

import io.pharos.alerting.pipeline.EpisodeKeeper;
import io.pharos.alerting.pipeline.EscalationStep;
import io.pharos.alerting.pipeline.Escalations;
import io.pharos.alerting.pipeline.Pipeline.FlushContext;
import io.pharos.oncall.escalation.Escalation.Call;
import io.pharos.oncall.escalation.Escalation.Try;
import io.pharos.oncall.escalation.Ladder.Rung;
import io.pharos.oncall.schedule.DutyOverride;
import io.pharos.oncall.schedule.EscalationPolicy;
import io.pharos.oncall.schedule.OnCallPerson;
import io.pharos.oncall.schedule.OnCallPlan;
import io.pharos.oncall.schedule.Rotation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The policies of one configuration.
///
/// @param ladders by the receiver's name, which is the policy's
/// @param fallbacks returns the fallback of a receiver
record PolicyPlan(
    OnCallPlan plan,
    Map<String, Ladder> ladders,
    Map<String, OnCallPerson> people,
    Set<String> receivers,
    Function<String, Optional<String>> fallbacks,
    EscalationService service)
    implements Escalations {
  PolicyPlan {
    ladders = Map.copyOf(ladders);
    people = Map.copyOf(people);
    receivers = Set.copyOf(receivers);
  }

  /// @param names names of all receivers
  static PolicyPlan of(
      OnCallPlan plan,
      Set<String> names,
      Function<String, Optional<String>> fallbacks,
      EscalationService service) {
    var ladders = new LinkedHashMap<String, Ladder>();
    for (EscalationPolicy policy : plan.policies()) {
      if (names.contains(policy.name())) {
        ladders.put(policy.name(), Ladder.of(plan, policy));
      }
    }
    var people = new LinkedHashMap<String, OnCallPerson>();
    var receivers = new LinkedHashSet<String>();
    if (!ladders.isEmpty() || plan.rotations().stream().anyMatch(Rotation::hasNotices)) {
      for (OnCallPerson person : plan.people()) {
        people.put(person.name(), person);
        receivers.addAll(person.ways());
      }
      ladders.keySet().forEach(name -> fallbacks.apply(name).ifPresent(receivers::add));
    }
    return new PolicyPlan(plan, ladders, people, receivers, fallbacks, service);
  }

  @Override
  public List<Reached> flushed(Flush flush) {
    return service.flushed(flush, this);
  }

  /// Returns the levels that a group climbs; null if its receiver is no policy.
  @Nullable Ladder ladder(FlushContext context) {
    if (ShiftGroup.isShift(context.groupKey())) {
      return ShiftGroup.ladder(context);
    }
    return DrillGroup.of(context)
        .map(DrillGroup::ladder)
        .orElseGet(() -> ladders.get(context.receiver()));
  }

  /// Returns the people whom a group tells. Nobody acknowledges that a shift has begun, so the
  /// waiting times of their rules do not count then.
  Map<String, OnCallPerson> people(String groupKey) {
    if (!ShiftGroup.isShift(groupKey)) {
      return people;
    }
    var all = new LinkedHashMap<String, OnCallPerson>();
    people.forEach((name, person) -> all.put(name, person.withoutRules()));
    return all;
  }

  /// Returns the people of a level at an instant.
  List<String> onCall(Rung rung, Instant at, List<DutyOverride> overrides) {
    var names = new LinkedHashSet<>(rung.people());
    for (String name : rung.rotations()) {
      plan.rotation(name)
          .map(it -> it.shifts(at, at.plusSeconds(1), overrides).getFirst())
          .filter(shift -> !shift.isGap())
          .ifPresent(shift -> names.add(shift.person()));
    }
    return List.copyOf(names);
  }

  /// Returns the receivers that were told, each with its last step.
  List<Reached> told(Escalation state, String receiver) {
    var steps = new LinkedHashMap<String, EscalationStep>();
    for (Call call : state.calls()) {
      for (Try one : call.tries()) {
        steps.merge(
            one.way(),
            new EscalationStep(
                state.policy(),
                call.level(),
                call.person(),
                one.cause(),
                one.since(),
                state.startedAt()),
            (earlier, later) -> later.since().isBefore(earlier.since()) ? earlier : later);
      }
    }
    if (state.fallbackAt() != null) {
      fallbacks
          .apply(receiver)
          .ifPresent(
              name ->
                  steps.putIfAbsent(
                      name,
                      new EscalationStep(
                          state.policy(),
                          level(state),
                          "",
                          EscalationStep.Cause.FALLBACK,
                          state.startedAt(),
                          state.startedAt())));
    }
    var all = new ArrayList<Reached>();
    steps.forEach((name, step) -> all.add(new Reached(name, step)));
    return all;
  }

  /// Adds the first way of an owner who is asked to renew the acknowledgement, if the policy has
  /// told none of them.
  List<Reached> withOwner(
      List<Reached> told, EpisodeKeeper.Acknowledged by, Escalation state, Instant now) {
    boolean isTold =
        told.stream().map(Reached::step).anyMatch(it -> it != null && by.isOf(it.person()));
    Optional<OnCallPerson> owner =
        isTold
            ? Optional.empty()
            : people.values().stream().filter(it -> by.isOf(it.name())).findFirst();
    if (owner.isEmpty()) {
      return told;
    }
    String way = owner.get().ways().getFirst();
    var all = new ArrayList<>(told);
    all.removeIf(it -> it.receiver().equals(way));
    all.add(
        new Reached(
            way,
            new EscalationStep(
                state.policy(),
                level(state),
                owner.get().name(),
                EscalationStep.Cause.OWNER,
                now,
                state.startedAt())));
    return all;
  }

  /// Returns the number of the current level; 0 before the first one.
  int level(Escalation state) {
    @Nullable Ladder ladder = ladders.get(state.policy());
    int last = ladder == null ? -1 : Math.min(state.rung(), ladder.rungs().size() - 1);
    return ladder == null || last < 0 ? 0 : ladder.rungs().get(last).level();
  }
}
