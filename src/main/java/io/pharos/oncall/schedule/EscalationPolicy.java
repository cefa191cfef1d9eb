package io.pharos.oncall.schedule;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Who is told, level by level, until somebody acknowledges.
///
/// @param repeats how often all levels are repeated
/// @param drills when fire drills begin; empty if only people start them
/// @param line the policy's line in the file
public record EscalationPolicy(
    String name, int repeats, List<Level> levels, Optional<DrillTimes> drills, int line) {
  public EscalationPolicy {
    levels = List.copyOf(levels);
  }

  /// One level.
  ///
  /// @param people names of people
  /// @param rotations names of rotations, which stand for who is on call in them
  /// @param policy another policy whose levels follow here
  /// @param after waiting time since the level before
  /// @param isImportant whether the people's rules for important messages apply
  /// @param line the level's line in the file
  public record Level(
      List<String> people,
      List<String> rotations,
      Optional<String> policy,
      Duration after,
      boolean isImportant,
      int line) {
    public Level {
      people = List.copyOf(people);
      rotations = List.copyOf(rotations);
    }
  }
}
