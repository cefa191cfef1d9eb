package io.pharos.oncall.schedule;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;

/// When the fire drills of a policy begin.
///
/// @param zone zone of the local times
/// @param rule the key `repeat`
/// @param repeat begins of all drills by the rule
/// @param patience waiting time of each level
public record DrillTimes(ZoneId zone, String rule, Handover repeat, Duration patience) {
  /// Waiting time of each level, unless another one is wanted: reading a message, opening its link
  /// and pressing the button takes less.
  public static final Duration WAIT = Duration.ofMinutes(1);

  /// Shortest waiting time.
  public static final Duration MIN_WAIT = Duration.ofSeconds(1);

  /// Longest waiting time.
  public static final Duration MAX_WAIT = Duration.ofHours(1);

  /// Returns the begins after an instant, until another one.
  public List<Instant> begins(Instant after, Instant until) {
    return repeat
        .turns(
            LocalDateTime.ofInstant(after, zone).minusDays(1),
            LocalDateTime.ofInstant(until, zone).plusDays(1))
        .stream()
        .map(turn -> turn.from().atZone(zone).toInstant())
        .filter(begin -> begin.isAfter(after) && !begin.isAfter(until))
        .toList();
  }

  /// Returns what decides when drills begin, as a text.
  public String definition() {
    return zone.getId() + " " + repeat.start() + " " + rule;
  }
}
