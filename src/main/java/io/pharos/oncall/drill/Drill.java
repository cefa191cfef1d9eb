package io.pharos.oncall.drill;

import io.pharos.oncall.escalation.DrillGroup;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A rehearsal of a policy: each level is told in turn, whether or not the level before has
/// acknowledged. Immutable.
///
/// @param number 0 before it is stored
/// @param by who started it; empty for the schedule
/// @param patience waiting time of each level
/// @param slot the begin of the schedule that started it; null if a person did
/// @param levels the levels of the policy when the drill started
/// @param endedAt null while it goes on
/// @param version increases with each change
public record Drill(
    long number,
    String policy,
    String by,
    String comment,
    Duration patience,
    Instant startedAt,
    @Nullable Instant slot,
    List<Level> levels,
    @Nullable Instant endedAt,
    long version) {
  public Drill {
    levels = List.copyOf(levels);
  }

  /// A level.
  ///
  /// @param level number of the level, from 1
  /// @param people names of people
  /// @param rotations names of rotations, which stand for who is on call when the level is told
  /// @param toldAt null if it was not told yet
  /// @param calls the people who were told; empty if nobody was on call
  public record Level(
      int level,
      List<String> people,
      List<String> rotations,
      boolean isImportant,
      @Nullable Instant toldAt,
      List<Call> calls) {
    public Level {
      people = List.copyOf(people);
      rotations = List.copyOf(rotations);
      calls = List.copyOf(calls);
    }

    /// Returns a copy with other calls.
    Level with(@Nullable Instant told, List<Call> others) {
      return new Level(level, people, rotations, isImportant, told, others);
    }

    /// Returns what became of the level.
    public State state() {
      return calls.stream()
          .map(Call::state)
          .min(State::compareTo)
          .orElse(toldAt == null ? State.WAITING : State.NOBODY);
    }
  }

  /// A person who was told.
  ///
  /// @param episode number of the episode; 0 before it is recorded
  /// @param isMuted whether a silence or an inhibition held the messages back
  /// @param ways the messages to her, in order
  /// @param acknowledgedAt null if nobody has acknowledged
  /// @param acknowledgedBy empty if nobody has acknowledged
  public record Call(
      String person,
      long episode,
      boolean isMuted,
      List<Way> ways,
      @Nullable Instant acknowledgedAt,
      String acknowledgedBy) {
    public Call {
      ways = List.copyOf(ways);
    }

    static Call of(String person) {
      return new Call(person, 0, false, List.of(), null, "");
    }

    Call muted(boolean muted) {
      return new Call(person, episode, muted, ways, acknowledgedAt, acknowledgedBy);
    }

    /// Returns what became of it.
    public State state() {
      if (acknowledgedAt != null) {
        return State.ACKNOWLEDGED;
      }
      if (ways.stream().anyMatch(way -> way.outcome() == Way.Outcome.SENT)) {
        return State.DELIVERED;
      }
      if (isMuted) {
        return State.MUTED;
      }
      return ways.isEmpty() || ways.stream().anyMatch(way -> way.outcome() == Way.Outcome.PENDING)
          ? State.SENDING
          : State.FAILED;
    }
  }

  /// A message by one integration of a way.
  ///
  /// @param receiver the way
  /// @param channel type of the integration, such as `email`
  /// @param at when it was decided, or when its delivery ended
  public record Way(String receiver, String channel, Outcome outcome, Instant at) {
    /// How far the message is.
    public enum Outcome {
      SENT,
      PENDING,
      FAILED
    }
  }

  /// What became of a level or a person, the best first.
  public enum State {
    ACKNOWLEDGED("acknowledged"),
    DELIVERED("not acknowledged"),
    SENDING("sending"),
    FAILED("not delivered"),
    MUTED("muted"),
    NOBODY("nobody on call"),
    WAITING("not told yet");

    private final String text;

    State(String text) {
      this.text = text;
    }

    /// Returns the state in English.
    public String text() {
      return text;
    }
  }

  /// Whether each level was acknowledged.
  public boolean isPassed() {
    return levels.stream().allMatch(level -> level.state() == State.ACKNOWLEDGED);
  }

  /// Whether it goes on.
  public boolean isOpen() {
    return endedAt == null;
  }

  /// Returns the group of a person on a level.
  DrillGroup group(Level level, Call call) {
    return new DrillGroup(policy, number, level.level(), call.person(), level.isImportant());
  }

  /// Returns the index of the level that was told last; -1 before the first one.
  int current() {
    int told = -1;
    while (told + 1 < levels.size() && levels.get(told + 1).toldAt() != null) {
      told++;
    }
    return told;
  }

  /// Returns the last level that was told; empty before the first one.
  Optional<Level> currentLevel() {
    return current() < 0 ? Optional.empty() : Optional.of(levels.get(current()));
  }

  /// Returns a copy with other levels and end.
  public Drill with(List<Level> others, @Nullable Instant end) {
    return new Drill(number, policy, by, comment, patience, startedAt, slot, others, end, version);
  }
}
