package io.pharos.oncall.schedule;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// A person who can be on call.
///
/// @param ways receivers of alertmanager.yml that reach the person, the preferred one first
/// @param language language of messages, `en` or `zh`; empty for that of the way
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
  /// @param after waiting time since the step before; empty if the way is only tried once all steps
  ///   before have failed
  public record Step(String way, Optional<Duration> after) {}

  /// Returns the steps of usual or important messages. The ways that they omit follow, in case that
  /// all steps fail.
  public List<Step> steps(boolean isImportant) {
    var steps = new ArrayList<>(isImportant ? important : standard);
    ways.stream()
        .filter(way -> steps.stream().noneMatch(step -> step.way().equals(way)))
        .forEach(way -> steps.add(new Step(way, Optional.empty())));
    return steps;
  }

  /// Returns the person with the same ways, without waiting times: a way is only tried once those
  /// before have failed.
  public OnCallPerson withoutRules() {
    List<Step> inOrder =
        steps(false).stream().map(it -> new Step(it.way(), Optional.<Duration>empty())).toList();
    return new OnCallPerson(name, ways, language, zone, quietHours, inOrder, inOrder, line);
  }

  /// Returns until when alerts of a severity do not reach the person; empty if they do.
  ///
  /// @param severity value of the label `severity`; only the texts of the file are held back
  public Optional<Instant> quietUntil(String severity, Instant now) {
    LocalDate today = LocalDate.ofInstant(now, zone);
    return quietHours.stream()
        .filter(quiet -> quiet.severities().contains(severity))
        .map(QuietHours::hours)
        .flatMap(
            hours ->
                Stream.of(today.minusDays(1), today)
                    .filter(date -> hours.days().contains(date.getDayOfWeek()))
                    .map(date -> hours.on(date, zone)))
        .filter(span -> !now.isBefore(span.from()) && now.isBefore(span.until()))
        .map(DutyHours.Span::until)
        .max(Comparator.naturalOrder());
  }
}
