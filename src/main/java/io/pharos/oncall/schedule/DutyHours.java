package io.pharos.oncall.schedule;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.Set;

/// Hours of some days of the week. They may end on the next day.
///
/// @param days the days on which the hours begin
/// @param until the end; on the next day if it is not after `from`
public record DutyHours(Set<DayOfWeek> days, LocalTime from, LocalTime until) {
  public DutyHours {
    days = Set.copyOf(days);
  }

  /// A span from one instant to another.
  record Span(Instant from, Instant until) {}

  /// Returns the hours that begin on a date. They are empty where the clock skips them.
  Span on(LocalDate date, ZoneId zone) {
    LocalDate last = until.isAfter(from) ? date : date.plusDays(1);
    return new Span(
        date.atTime(from).atZone(zone).toInstant(), last.atTime(until).atZone(zone).toInstant());
  }
}
