package io.pharos.oncall.schedule;

import io.pharos.oncall.calendar.CalendarEvent;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/// The events of a calendar. Of events at the same time, the one that begins last counts, and the
/// shorter one of those that begin together: so a short event covers a part of a long one.
///
/// @param duties the events, each with its person
public record CalendarLayer(String name, List<Duty> duties) implements RotationLayer {
  public CalendarLayer {
    duties = List.copyOf(duties);
  }

  /// The event of a person.
  public record Duty(String person, CalendarEvent event) {}

  @Override
  public List<String> members() {
    return duties.stream().map(Duty::person).distinct().toList();
  }

  @Override
  public List<DutyShift> shifts(ZoneId zone, Instant from, Instant until) {
    var all = new ArrayList<DutyShift>();
    for (Duty duty : duties) {
      for (CalendarEvent.Occurrence one : duty.event().within(from, until)) {
        // Each occurrence is a shift of its own, also if the same person has the next one.
        long turn = one.from().getEpochSecond();
        all.add(new DutyShift(one.from(), one.until(), duty.person(), name, "", turn));
      }
    }
    all.sort(
        Comparator.comparing(DutyShift::from)
            .thenComparing(DutyShift::until, Comparator.reverseOrder())
            .thenComparing(DutyShift::person));
    return covered(all).stream()
        .map(shift -> shift.within(from, until))
        .filter(shift -> !shift.isEmpty())
        .toList();
  }

  /// Returns what is left of shifts that later ones cover.
  private static List<DutyShift> covered(List<DutyShift> sorted) {
    var result = new ArrayList<DutyShift>();
    Deque<DutyShift> open = new ArrayDeque<>();
    Instant done = Instant.MIN;
    for (DutyShift shift : sorted) {
      done = lasting(open, done, shift.from(), result);
      open.push(shift);
    }
    var _ = lasting(open, done, Instant.MAX, result);
    return result;
  }

  /// Adds the shifts that last from one instant to another; returns the other one.
  private static Instant lasting(
      Deque<DutyShift> open, Instant from, Instant until, List<DutyShift> result) {
    Instant done = from;
    while (!open.isEmpty() && done.isBefore(until)) {
      DutyShift part = open.peek().within(done, until);
      if (!part.isEmpty()) {
        result.add(part);
        done = part.until();
      }
      if (!open.peek().until().isAfter(done) || part.isEmpty()) {
        open.pop();
      }
    }
    return until;
  }
}
