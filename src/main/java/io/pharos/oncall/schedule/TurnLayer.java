package io.pharos.oncall.schedule;

import io.pharos.oncall.schedule.DutyHours.Span;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Members who take turns, all the time or only at some hours.
///
/// @param end from then on nobody of the layer is on call
/// @param hours the hours of the layer; empty for all hours
public record TurnLayer(
    String name,
    List<String> members,
    Optional<LocalDateTime> end,
    Handover handover,
    List<DutyHours> hours)
    implements RotationLayer {
  public TurnLayer {
    members = List.copyOf(members);
    hours = List.copyOf(hours);
  }

  @Override
  public List<DutyShift> shifts(ZoneId zone, Instant from, Instant until) {
    Instant last = end.map(at -> at.atZone(zone).toInstant()).orElse(until);
    Instant begin = DutyShift.later(from, handover.start().atZone(zone).toInstant());
    Instant stop = DutyShift.earlier(until, last);
    if (!begin.isBefore(stop)) {
      return List.of();
    }
    List<Span> spans = spans(zone, begin, stop);
    var shifts = new ArrayList<DutyShift>();
    int next = 0;
    // A day more on both sides: the local times of an instant differ by less between two offsets.
    for (Handover.Turn turn :
        handover.turns(local(begin, zone).minusDays(1), local(stop, zone).plusDays(1))) {
      DutyShift whole =
          new DutyShift(
                  turn.from().atZone(zone).toInstant(),
                  turn.until().atZone(zone).toInstant(),
                  members.get((int) (turn.number() % members.size())),
                  name,
                  "",
                  turn.number())
              .within(begin, stop);
      while (next < spans.size() && !spans.get(next).until().isAfter(whole.from())) {
        next++;
      }
      for (int i = next; i < spans.size() && spans.get(i).from().isBefore(whole.until()); i++) {
        DutyShift part = whole.within(spans.get(i).from(), spans.get(i).until());
        if (!part.isEmpty()) {
          shifts.add(part);
        }
      }
    }
    return shifts;
  }

  private static LocalDateTime local(Instant at, ZoneId zone) {
    return at.atZone(zone).toLocalDateTime();
  }

  /// Returns the hours of the layer within a span, in order and without overlap.
  private List<Span> spans(ZoneId zone, Instant from, Instant until) {
    if (hours.isEmpty()) {
      return List.of(new Span(from, until));
    }
    var all = new ArrayList<Span>();
    LocalDate last = local(until, zone).toLocalDate();
    for (LocalDate date = local(from, zone).toLocalDate().minusDays(2);
        !date.isAfter(last);
        date = date.plusDays(1)) {
      for (DutyHours one : hours) {
        if (one.days().contains(date.getDayOfWeek())) {
          all.add(one.on(date, zone));
        }
      }
    }
    all.sort(Comparator.comparing(Span::from));
    var merged = new ArrayList<Span>();
    for (Span span : all) {
      if (!span.from().isBefore(span.until())) {
        continue;
      }
      if (!merged.isEmpty() && !span.from().isAfter(merged.getLast().until())) {
        Span before = merged.removeLast();
        merged.add(new Span(before.from(), DutyShift.later(before.until(), span.until())));
      } else {
        merged.add(span);
      }
    }
    return merged;
  }
}
