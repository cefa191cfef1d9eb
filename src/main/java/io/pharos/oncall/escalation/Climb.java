package io.pharos.oncall.escalation;

import io.pharos.alerting.pipeline.EscalationStep.Cause;
import io.pharos.alerting.pipeline.Reach;
import io.pharos.oncall.escalation.Escalation.Call;
import io.pharos.oncall.escalation.Escalation.Try;
import io.pharos.oncall.escalation.Ladder.Rung;
import io.pharos.oncall.schedule.OnCallPerson;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Takes the steps of a policy that are due. It is a pure function of the state before and the
/// [Situation].
final class Climb {
  /// A way that has not confirmed for so long hands over to the person's next way.
  static final Duration CONFIRMATION = Duration.ofSeconds(10);

  /// What the steps depend on.
  ///
  /// @param severities the severities of the firing alerts that are not muted
  /// @param onCall returns the people of a level now
  /// @param people the people of the file
  /// @param reach returns what is known of each integration of a receiver for the group
  record Situation(
      Instant now,
      Ladder ladder,
      Set<String> severities,
      Function<Rung, List<String>> onCall,
      Map<String, OnCallPerson> people,
      Function<String, List<Reach>> reach) {}

  /// The state after the steps.
  ///
  /// @param look when a further step may be due; null if only a change can cause one
  record Climbed(Escalation after, @Nullable Instant look) {}

  private enum Standing {
    REACHED,
    TRYING,
    QUIET,
    FAILED
  }

  private final Escalation before;
  private final Situation situation;
  private final Instant now;
  private final List<Call> calls;
  private final Map<Integer, Standing> standings = new HashMap<>();
  private int rung;
  private Instant since;
  private Instant waitsFrom;
  private @Nullable Instant fallbackAt;
  private @Nullable Instant look;

  private Climb(Escalation before, Situation situation) {
    this.before = before;
    this.situation = situation;
    this.now = situation.now();
    this.calls = new ArrayList<>(before.calls());
    this.rung = before.rung();
    this.since = before.since();
    this.waitsFrom = before.waitsFrom();
    this.fallbackAt = before.fallbackAt();
  }

  /// Takes the due steps.
  static Climbed of(Escalation before, Situation situation) {
    return new Climb(before, situation).climb();
  }

  /// Returns a state whose current waiting times begin anew.
  static Escalation restarted(Escalation state, Instant at) {
    return new Escalation(
        state.groupKey(),
        state.policy(),
        state.startedAt(),
        state.rung(),
        at,
        at,
        state.calls().stream().map(call -> call.restarted(at)).toList(),
        state.fallbackAt(),
        null,
        state.version());
  }

  private Climbed climb() {
    List<Rung> rungs = situation.ladder().rungs();
    for (int i = 0; i < calls.size(); i++) {
      call(i);
    }
    while (rung + 1 < rungs.size()) {
      Rung next = rungs.get(rung + 1);
      Instant due = waitsFrom.plus(next.after());
      boolean isDue = !due.isAfter(now);
      if (!isDue && (rung < 0 || next.startsRound() || isReachable())) {
        lookAt(due);
        break;
      }
      enter(next, isDue ? since.plus(next.after()) : since, isDue ? due : now);
    }
    boolean isLast = rung + 1 >= rungs.size() || rungs.get(rung + 1).startsRound();
    if (situation.ladder().fallsBack()
        && rung >= 0
        && isLast
        && fallbackAt == null
        && !isReachable()) {
      fallbackAt = now;
    }
    return new Climbed(
        new Escalation(
            before.groupKey(),
            before.policy(),
            before.startedAt(),
            rung,
            since,
            waitsFrom,
            calls,
            fallbackAt,
            null,
            before.version()),
        look);
  }

  private void lookAt(Instant time) {
    if (look == null || time.isBefore(look)) {
      look = time;
    }
  }

  private void enter(Rung next, Instant newSince, Instant from) {
    Cause cause = rung >= 0 && !isReachable() ? Cause.NOBODY_REACHED : Cause.LEVEL;
    rung++;
    since = newSince;
    waitsFrom = from;
    for (String person : situation.onCall().apply(next)) {
      calls.add(
          new Call(rung, next.level(), person, next.isImportant(), cause, since, from, List.of()));
      call(calls.size() - 1);
      waitsFrom = told(calls.getLast()).filter(at -> at.isBefore(waitsFrom)).orElse(waitsFrom);
    }
  }

  /* Another process may have told the person, and was killed before it stored that. */
  private Optional<Instant> told(Call call) {
    return call.tries().stream()
        .flatMap(
            one ->
                situation.reach().apply(one.way()).stream()
                    .filter(reach -> reach.isToldSince(one.since())))
        .flatMap(reach -> Optional.ofNullable(reach.last()).stream())
        .map(entry -> entry.timestamp().truncatedTo(ChronoUnit.MICROS))
        .min(Comparator.naturalOrder());
  }

  /// Whether somebody on the current level was reached, or may still be.
  private boolean isReachable() {
    for (int i = 0; i < calls.size(); i++) {
      if (calls.get(i).rung() == rung) {
        switch (standings.getOrDefault(i, Standing.FAILED)) {
          case REACHED, TRYING -> {
            return true;
          }
          case QUIET, FAILED -> {}
        }
      }
    }
    return false;
  }

  /// Takes the due steps of one person.
  private void call(int index) {
    @Nullable OnCallPerson person = situation.people().get(calls.get(index).person());
    List<OnCallPerson.Step> steps =
        person == null ? List.of() : person.steps(calls.get(index).isImportant());
    while (true) {
      Call call = calls.get(index);
      int taken = call.tries().size();
      Standing standing = standing(call);
      boolean hasFailed = taken > 0 && standing == Standing.FAILED;
      if (person == null || taken >= steps.size()) {
        standings.put(index, standing);
        return;
      }
      OnCallPerson.Step step = steps.get(taken);
      Instant due = due(call, step);
      boolean isDue = due != null && !due.isAfter(now);
      if (!isDue && !hasFailed) {
        if (due != null) {
          lookAt(due);
        }
        standings.put(index, taken == 0 ? Standing.TRYING : standing);
        return;
      }
      Optional<Instant> quiet = quietUntil(person);
      if (quiet.isPresent()) {
        lookAt(quiet.get());
        standings.put(index, taken == 0 || hasFailed ? Standing.QUIET : standing);
        return;
      }
      calls.set(index, call.with(next(call, step, isDue)));
    }
  }

  private Try next(Call call, OnCallPerson.Step step, boolean isDue) {
    Instant base = call.tries().isEmpty() ? call.since() : call.tries().getLast().since();
    Cause cause = isDue ? Cause.RULE : Cause.NEXT_WAY;
    return new Try(
        step.way(),
        call.tries().isEmpty() ? call.cause() : cause,
        isDue ? base.plus(step.after().orElse(Duration.ZERO)) : base,
        now);
  }

  /// Returns when a step is due by the person's rule; null if it only follows a failure.
  static @Nullable Instant due(Call call, OnCallPerson.Step step) {
    if (call.tries().isEmpty()) {
      return call.waitsFrom().plus(step.after().orElse(Duration.ZERO));
    }
    Try last = call.tries().getLast();
    Instant told = last.cause() == Cause.NEXT_WAY ? last.at() : last.since();
    Instant from = told.isAfter(call.waitsFrom()) ? told : call.waitsFrom();
    return step.after().map(from::plus).orElse(null);
  }

  /* Quiet hours hold a person back only if they hold back every alert of the group. */
  private Optional<Instant> quietUntil(OnCallPerson person) {
    List<Optional<Instant>> ends =
        situation.severities().stream().map(severity -> person.quietUntil(severity, now)).toList();
    return ends.stream().allMatch(Optional::isPresent)
        ? ends.stream().flatMap(Optional::stream).min(Comparator.naturalOrder())
        : Optional.empty();
  }

  /// Returns the standing of the ways that were tried; failed if there are none.
  private Standing standing(Call call) {
    var worst = Standing.FAILED;
    for (Try one : call.tries()) {
      switch (standing(one, call.waitsFrom())) {
        case REACHED -> {
          return Standing.REACHED;
        }
        case TRYING -> worst = Standing.TRYING;
        case QUIET, FAILED -> {}
      }
    }
    return worst;
  }

  private Standing standing(Try one, Instant restartedAt) {
    Instant from = one.at().isAfter(restartedAt) ? one.at() : restartedAt;
    List<Reach> all = situation.reach().apply(one.way());
    if (all.stream().anyMatch(reach -> reach.isToldSince(one.since()))) {
      return Standing.REACHED;
    }
    boolean hasFailed =
        all.stream()
            .allMatch(reach -> reach.failedAt() != null && !reach.failedAt().isBefore(from));
    if (hasFailed) {
      return Standing.FAILED;
    }
    if (all.stream().anyMatch(reach -> reach.isUnstored() && !reach.isPending())) {
      return Standing.TRYING; // the group is flushed again until the decision is stored
    }
    Instant late = from.plus(CONFIRMATION);
    if (late.isAfter(now)) {
      lookAt(late);
      return Standing.TRYING;
    }
    return Standing.FAILED;
  }
}
