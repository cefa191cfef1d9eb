package io.pharos.server.web.oncall;

import io.pharos.oncall.schedule.DutyOverride;
import io.pharos.oncall.schedule.DutyShift;
import io.pharos.oncall.schedule.PlanCheck;
import io.pharos.oncall.schedule.Rotation;
import io.pharos.server.web.design.PageTime;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A rotation on the page. Clock times are in its own zone.
///
/// @param now the shift or the gap
/// @param next null if no other person follows
/// @param moreGaps how many gaps are left out
record RotationCard(
    String name,
    String zone,
    Duty now,
    @Nullable Duty next,
    List<Gap> gaps,
    int moreGaps,
    List<Day> days,
    List<String> people) {
  private static final int DAYS = 14;
  private static final int MAX_GAPS = 4;

  /* A day of a rotation with many layers must not be longer than the page. */
  private static final int MAX_SPANS = 12;

  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm");
  private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm");
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE d MMM", Locale.ENGLISH);

  /// Who is on call, and for how long.
  ///
  /// @param person empty for nobody
  /// @param by the layer; empty if an override decides
  record Duty(String person, PageTime from, PageTime until, String by, String override) {
    private static Duty of(DutyShift shift, Instant now) {
      return new Duty(
          shift.person(),
          PageTime.of(shift.from(), now),
          PageTime.of(shift.until(), now),
          shift.layer(),
          shift.override());
    }
  }

  /// A gap in words.
  record Gap(String from, String until) {}

  /// A day of the calendar.
  ///
  /// @param date as in `Mon 2 Mar`
  record Day(String date, boolean isToday, List<Span> spans, int more) {}

  /// A span of a day.
  ///
  /// @param time as in `09:00–24:00`; empty for a whole day
  /// @param person empty for nobody
  record Span(String time, String person, boolean isOverride) {}

  static RotationCard of(
      Rotation rotation, List<String> people, List<DutyOverride> overrides, Instant now) {
    ZoneId zone = rotation.zone();
    Rotation.Duty duty = rotation.duty(now, overrides);
    List<DutyShift> gaps = rotation.gaps(now, now.plus(PlanCheck.AHEAD), overrides);
    LocalDate today = now.atZone(zone).toLocalDate();
    List<DutyShift> shifts =
        rotation.shifts(start(today, zone), start(today.plusDays(DAYS), zone), overrides);
    List<String> ofRotation =
        rotation.layers().stream().flatMap(layer -> layer.members().stream()).toList();
    return new RotationCard(
        rotation.name(),
        zone.getId().equals("Z") ? "UTC" : zone.getId(),
        Duty.of(duty.now(), now),
        duty.next().map(shift -> Duty.of(shift, now)).orElse(null),
        gaps.stream()
            .limit(MAX_GAPS)
            .map(gap -> new Gap(time(gap.from(), zone), time(gap.until(), zone)))
            .toList(),
        Math.max(0, gaps.size() - MAX_GAPS),
        Stream.iterate(today, date -> date.plusDays(1))
            .limit(DAYS)
            .map(date -> day(date, date.equals(today), shifts, zone))
            .toList(),
        Stream.concat(ofRotation.stream(), people.stream()).distinct().toList());
  }

  private static Instant start(LocalDate date, ZoneId zone) {
    return date.atStartOfDay(zone).toInstant();
  }

  private static String time(Instant at, ZoneId zone) {
    return TIME.format(at.atZone(zone));
  }

  private static Day day(LocalDate date, boolean isToday, List<DutyShift> shifts, ZoneId zone) {
    Instant begin = start(date, zone);
    Instant end = start(date.plusDays(1), zone);
    var spans = new ArrayList<Span>();
    Optional<String> before = Optional.empty();
    Instant from = begin;
    boolean isOverride = false;
    // Turns of the same person follow each other: they are one span of a day.
    for (DutyShift shift : shifts) {
      if (!shift.from().isBefore(end) || !shift.until().isAfter(begin)) {
        continue;
      }
      if (before.filter(shift.person()::equals).isEmpty()
          || isOverride != !shift.override().isEmpty()) {
        Instant at = shift.from().isBefore(begin) ? begin : shift.from();
        String person = before.orElse(null);
        if (person != null) {
          spans.add(span(from, at, person, isOverride, begin, end, zone));
        }
        before = Optional.of(shift.person());
        isOverride = !shift.override().isEmpty();
        from = at;
      }
    }
    spans.add(span(from, end, before.orElse(""), isOverride, begin, end, zone));
    return new Day(
        DATE.format(date),
        isToday,
        spans.subList(0, Math.min(spans.size(), MAX_SPANS)),
        Math.max(0, spans.size() - MAX_SPANS));
  }

  private static Span span(
      Instant from,
      Instant until,
      String person,
      boolean isOverride,
      Instant begin,
      Instant end,
      ZoneId zone) {
    String time =
        from.equals(begin) && until.equals(end)
            ? ""
            : CLOCK.format(from.atZone(zone))
                + "–"
                + (until.equals(end) ? "24:00" : CLOCK.format(until.atZone(zone)));
    return new Span(time, person, isOverride);
  }
}
