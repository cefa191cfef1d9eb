package io.pharos.oncall.schedule;

import io.pharos.model.LabelMatcher;
import io.pharos.model.MatcherParser;
import io.pharos.model.PromDuration;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Planned work, once or again and again, during which the matching alerts are silenced.
///
/// @param matchers labels of the alerts; all of them must match
/// @param zone zone of the local times
/// @param start begin of the first occurrence
/// @param duration length of each occurrence
/// @param repeat begins of all occurrences, from `start` on; empty for a single one
public record MaintenanceWindow(
    String name,
    List<LabelMatcher> matchers,
    ZoneId zone,
    LocalDateTime start,
    Duration duration,
    Optional<Handover> repeat,
    String comment) {
  public MaintenanceWindow {
    matchers = List.copyOf(matchers);
  }

  /// One occurrence.
  public record Occurrence(Instant from, Instant until) {}

  /// Returns the occurrences that overlap a range.
  public List<Occurrence> occurrences(Instant from, Instant until) {
    LocalDateTime first = from.minus(duration).atZone(zone).toLocalDateTime().minusDays(1);
    LocalDateTime last = until.atZone(zone).toLocalDateTime().plusDays(1);
    Stream<LocalDateTime> begins =
        repeat
            .map(rule -> rule.turns(first, last).stream().map(Handover.Turn::from))
            .orElseGet(() -> Stream.of(start));
    return begins
        .map(begin -> begin.atZone(zone).toInstant())
        .map(begin -> new Occurrence(begin, begin.plus(duration)))
        .filter(it -> it.from().isBefore(until) && it.until().isAfter(from))
        .toList();
  }

  /// Returns what decides which alerts are silenced for how long, as a text.
  public String definition() {
    return name + " " + MatcherParser.format(matchers) + " " + PromDuration.format(duration);
  }
}
