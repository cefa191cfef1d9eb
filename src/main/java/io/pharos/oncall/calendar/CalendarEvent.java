package io.pharos.oncall.calendar;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An event of a calendar, with its repetitions.
///
/// @param line the event's line in the file
/// @param summary its title
/// @param attendees addresses, in lower case without `mailto:`, and names
/// @param length in local time: a week that ends at 09:00 does so also if the clock changes
/// @param times its local begins, if it recurs
/// @param last no begin by the rule is later; null if there is no such bound
/// @param further begins besides those of the rule
/// @param excluded what is no begin although the rule names it
/// @param isCancelled whether it does not take place
public record CalendarEvent(
    int line,
    String uid,
    String summary,
    List<String> attendees,
    ZonedDateTime start,
    Duration length,
    Optional<RecurringTimes> times,
    @Nullable Instant last,
    List<ZonedDateTime> further,
    Excluded excluded,
    Optional<Instant> replaces,
    boolean isCancelled) {
  public CalendarEvent {
    attendees = List.copyOf(attendees);
    further = List.copyOf(further);
  }

  /// Begins that do not take place.
  ///
  /// @param dates local dates of begins
  public record Excluded(Set<Instant> begins, Set<LocalDate> dates) {
    public Excluded {
      begins = Set.copyOf(begins);
      dates = Set.copyOf(dates);
    }

    boolean has(ZonedDateTime begin) {
      return begins.contains(begin.toInstant()) || dates.contains(begin.toLocalDate());
    }

    Excluded with(Set<Instant> others) {
      var all = new HashSet<>(begins);
      all.addAll(others);
      return new Excluded(all, dates);
    }
  }

  /// One time that the event takes place.
  ///
  /// @param until the end, not included
  public record Occurrence(Instant from, Instant until) {}

  /// Returns the occurrences that overlap a span; not in order.
  public List<Occurrence> within(Instant from, Instant until) {
    var all = new ArrayList<Occurrence>();
    if (isCancelled) {
      return all;
    }
    if (times.isEmpty()) {
      add(all, start, from, until);
    } else {
      ZoneId zone = start.getZone();
      // A day more: the local times of an instant differ by less between two offsets.
      Instant latest = last != null && last.isBefore(until) ? last : until;
      LocalDateTime end = latest.atZone(zone).toLocalDateTime().plusDays(1);
      for (LocalDateTime time : times.get().until(end)) {
        ZonedDateTime begin = time.atZone(zone);
        if (last != null && begin.toInstant().isAfter(last)) {
          break;
        }
        add(all, begin, from, until);
      }
    }
    further.forEach(begin -> add(all, begin, from, until));
    return all;
  }

  private void add(List<Occurrence> all, ZonedDateTime begin, Instant from, Instant until) {
    ZoneId zone = begin.getZone();
    Instant end = begin.toLocalDateTime().plus(length).atZone(zone).toInstant();
    Instant at = begin.toInstant();
    if (at.isBefore(until) && end.isAfter(from) && at.isBefore(end) && !excluded.has(begin)) {
      all.add(new Occurrence(at, end));
    }
  }

  CalendarEvent without(Set<Instant> begins) {
    return new CalendarEvent(
        line,
        uid,
        summary,
        attendees,
        start,
        length,
        times,
        last,
        further,
        excluded.with(begins),
        replaces,
        isCancelled);
  }
}
