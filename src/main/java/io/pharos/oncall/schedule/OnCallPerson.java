package io.pharos.oncall.schedule;

import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Set;

/// A person who can be on call.
///
/// @param ways receivers of alertmanager.yml that reach the person, the preferred one first
/// @param language language of messages, `en` or `zh`
/// @param standard the ways and waiting times of usual messages
/// @param important those of important ones
/// @param line the person's line in the file
public record OnCallPerson(
    String name,
    List<String> ways,
    String language,
    ZoneId zone,
    List<QuietHours> quietHours,
    List<Step> standard,
    List<Step> important,
    int line) {
  public OnCallPerson {
    ways = List.copyOf(ways);
    quietHours = List.copyOf(quietHours);
    standard = List.copyOf(standard);
    important = List.copyOf(important);
  }

  /// Hours at which alerts of some severities do not reach the person.
  public record QuietHours(Set<String> severities, DutyHours hours) {
    public QuietHours {
      severities = Set.copyOf(severities);
    }
  }

  /// One way to try.
  ///
  /// @param after waiting time since the step before
  public record Step(String way, Duration after) {}
}
