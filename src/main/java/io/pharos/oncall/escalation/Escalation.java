package io.pharos.oncall.escalation;

import io.pharos.alerting.pipeline.EscalationStep.Cause;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How far the policy of a group has gone. Immutable.
///
/// Two times describe the current level. `waitsFrom` is when its waiting time began. `since` does
/// not depend on when a process noticed that the level was due, so a step that is taken a second
/// time, because the first was not stored, tells no receiver twice.
///
/// @param startedAt when the policy began
/// @param rung index of the current level in the [Ladder]; -1 before the first one
/// @param calls the people of all levels so far
/// @param fallbackAt when the fallback was told; null if it was not
/// @param mutedAt since when all firing alerts are muted; null if they are not
/// @param version of the stored state; 0 if it is not stored
public record Escalation(
    String groupKey,
    String policy,
    Instant startedAt,
    int rung,
    Instant since,
    Instant waitsFrom,
    List<Call> calls,
    @Nullable Instant fallbackAt,
    @Nullable Instant mutedAt,
    long version) {
  public Escalation {
    calls = List.copyOf(calls);
  }

  /// A person who is told because of a level.
  ///
  /// @param level number of the level
  /// @param waitsFrom when the waiting time of the next way began
  public record Call(
      int rung,
      int level,
      String person,
      boolean isImportant,
      Cause cause,
      Instant since,
      Instant waitsFrom,
      List<Try> tries) {
    public Call {
      tries = List.copyOf(tries);
    }

    Call with(Try next) {
      var all = new ArrayList<>(tries);
      all.add(next);
      return new Call(rung, level, person, isImportant, cause, since, waitsFrom, all);
    }

    Call restarted(Instant now) {
      return new Call(rung, level, person, isImportant, cause, since, now, tries);
    }
  }

  /// A way that was tried.
  ///
  /// @param since a receiver that was told earlier is told again
  /// @param at when the step was taken
  public record Try(String way, Cause cause, Instant since, Instant at) {}

  static Escalation begun(String groupKey, String policy, Instant now) {
    return new Escalation(groupKey, policy, now, -1, now, now, List.of(), null, null, 0);
  }

  Escalation withVersion(long stored) {
    return new Escalation(
        groupKey, policy, startedAt, rung, since, waitsFrom, calls, fallbackAt, mutedAt, stored);
  }

  Escalation mutedSince(@Nullable Instant time) {
    return new Escalation(
        groupKey, policy, startedAt, rung, since, waitsFrom, calls, fallbackAt, time, version);
  }

  /// Whether another state of the same group says more: it began later or took more steps.
  boolean isBehind(Escalation other) {
    int compared = other.startedAt.compareTo(startedAt);
    return compared > 0 || (compared == 0 && other.steps() > steps());
  }

  private int steps() {
    return rung
        + calls.stream().mapToInt(call -> call.tries().size()).sum()
        + (fallbackAt == null ? 0 : 1);
  }

  /// Returns a copy whose times are earlier, after the clock was set back.
  Escalation movedBack(Duration by) {
    return new Escalation(
        groupKey,
        policy,
        startedAt.minus(by),
        rung,
        since.minus(by),
        waitsFrom.minus(by),
        calls.stream().map(call -> movedBack(call, by)).toList(),
        fallbackAt == null ? null : fallbackAt.minus(by),
        mutedAt == null ? null : mutedAt.minus(by),
        version);
  }

  private static Call movedBack(Call call, Duration by) {
    return new Call(
        call.rung(),
        call.level(),
        call.person(),
        call.isImportant(),
        call.cause(),
        call.since().minus(by),
        call.waitsFrom().minus(by),
        call.tries().stream()
            .map(it -> new Try(it.way(), it.cause(), it.since().minus(by), it.at().minus(by)))
            .toList());
  }
}
