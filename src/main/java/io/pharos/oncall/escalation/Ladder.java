package io.pharos.oncall.escalation;

import io.pharos.oncall.schedule.EscalationPolicy;
import io.pharos.oncall.schedule.OnCallPlan;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// The levels of a policy in the order in which they are told, with those of other policies and all
/// repeats.
///
/// @param fallsBack whether the fallback is told if nobody on the last level can be reached
public record Ladder(String policy, List<Rung> rungs, boolean fallsBack) {
  /// Waiting time before a repeat, if no level has one.
  static final Duration PAUSE = Duration.ofMinutes(5);

  public Ladder {
    rungs = List.copyOf(rungs);
  }

  /// One level in one round.
  ///
  /// @param level number of the level in its round, from 1
  /// @param after waiting time since the rung before
  /// @param startsRound whether it is the first one of a repeat
  public record Rung(
      int level,
      List<String> people,
      List<String> rotations,
      Duration after,
      boolean isImportant,
      boolean startsRound) {
    public Rung {
      people = List.copyOf(people);
      rotations = List.copyOf(rotations);
    }

    private Rung changed(int number, Duration wait, boolean important, boolean first) {
      return new Rung(number, people, rotations, wait, isImportant || important, first);
    }
  }

  /// Returns the ladder of a policy.
  public static Ladder of(OnCallPlan plan, EscalationPolicy policy) {
    List<Rung> round = round(plan, policy);
    var all = new ArrayList<Rung>();
    for (int i = 0; i <= policy.repeats(); i++) {
      all.addAll(i == 0 ? round : again(round, true));
    }
    return new Ladder(policy.name(), all, true);
  }

  /// Returns the levels without repeats of the policy.
  public List<Rung> firstRound() {
    return rungs.stream().takeWhile(rung -> !rung.startsRound()).toList();
  }

  private static List<Rung> round(OnCallPlan plan, EscalationPolicy policy) {
    var rungs = new ArrayList<Rung>();
    for (EscalationPolicy.Level level : policy.levels()) {
      Optional<EscalationPolicy> other = level.policy().flatMap(plan::policy);
      List<Rung> added =
          other
              .map(it -> rounds(plan, it))
              .orElseGet(
                  () ->
                      List.of(
                          new Rung(
                              0, level.people(), level.rotations(), Duration.ZERO, false, false)));
      for (int i = 0; i < added.size(); i++) {
        Rung rung = added.get(i);
        Duration wait = i == 0 ? rung.after().plus(level.after()) : rung.after();
        rungs.add(rung.changed(rungs.size() + 1, wait, level.isImportant(), false));
      }
    }
    return rungs;
  }

  private static List<Rung> rounds(OnCallPlan plan, EscalationPolicy policy) {
    List<Rung> round = round(plan, policy);
    var all = new ArrayList<>(round);
    for (int i = 0; i < policy.repeats(); i++) {
      all.addAll(again(round, false));
    }
    return all;
  }

  /* A repeat waits as long as the longest level: the people told last need time, too. */
  private static List<Rung> again(List<Rung> round, boolean isRound) {
    Duration longest =
        round.stream().map(Rung::after).max(Comparator.naturalOrder()).orElse(Duration.ZERO);
    var rungs = new ArrayList<>(round);
    rungs.set(
        0,
        round
            .getFirst()
            .changed(round.getFirst().level(), longest.isZero() ? PAUSE : longest, false, isRound));
    return rungs;
  }
}
