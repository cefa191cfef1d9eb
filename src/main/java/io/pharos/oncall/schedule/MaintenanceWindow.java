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
/// @param duration length of each occurrence; at most so long for a rollout
public record MaintenanceWindow(
    String name, List<LabelMatcher> matchers, Times times, Duration duration, String comment) {
  public MaintenanceWindow {
    matchers = List.copyOf(matchers);
  }

  /// When occurrences begin.
  public sealed interface Times {
    /// At local times.
    ///
    /// @param zone zone of the local times
    /// @param start begin of the first occurrence
    /// @param repeat begins of all occurrences, from `start` on; empty for a single one
    record Planned(ZoneId zone, LocalDateTime start, Optional<Handover> repeat) implements Times {
      private Stream<Instant> begins(Instant from, Instant until) {
        LocalDateTime first = from.atZone(zone).toLocalDateTime().minusDays(1);
        LocalDateTime last = until.atZone(zone).toLocalDateTime().plusDays(1);
        return repeat
            .map(rule -> rule.turns(first, last).stream().map(Handover.Turn::from))
            .orElseGet(() -> Stream.of(start))
            .map(begin -> begin.atZone(zone).toInstant());
      }
    }

    /// With each rollout of these services, and not longer than it.
    ///
    /// @param sites as `SERVICE/ENVIRONMENT`
    record Rollouts(List<String> sites) implements Times {
      public Rollouts {
        sites = List.copyOf(sites);
      }
    }
  }

  /// A rollout that is under way.
  ///
  /// @param site as `SERVICE/ENVIRONMENT`
  public record Rollout(String id, String site, Instant began) {}

  /// One occurrence.
  ///
  /// @param rollout id of the rollout that it belongs to; empty if it is planned
  public record Occurrence(Instant from, Instant until, String rollout) {}

  /// Returns the occurrences that overlap a range.
  ///
  /// @param rollouts those that are under way
  public List<Occurrence> occurrences(Instant from, Instant until, List<Rollout> rollouts) {
    Stream<Occurrence> all =
        switch (times) {
          case Times.Planned planned ->
              planned
                  .begins(from.minus(duration), until)
                  .map(begin -> new Occurrence(begin, begin.plus(duration), ""));
          case Times.Rollouts(List<String> sites) ->
              rollouts.stream()
                  .filter(it -> sites.contains(it.site()))
                  .map(it -> new Occurrence(it.began(), it.began().plus(duration), it.id()));
        };
    return all.filter(it -> it.from().isBefore(until) && it.until().isAfter(from)).toList();
  }

  /// Returns what decides which alerts are silenced for how long, as a text.
  public String definition() {
    return name + " " + MatcherParser.format(matchers) + " " + PromDuration.format(duration);
  }
}
