package io.pharos.oncall.calendar;

import io.pharos.config.yaml.ConfigException;
import io.pharos.oncall.calendar.CalendarTimes.Moment;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Reads one event.
///
/// @param end the end of the longest search: rules are counted until then
/// @param lines those of the event, the first one is its begin
record EventReader(String file, CalendarTimes times, Instant end, List<ContentLine> lines) {
  private static final String RULE =
      "an RRULE with FREQ=DAILY, WEEKLY, MONTHLY or YEARLY, without BYMINUTE and BYSECOND";

  EventReader {
    lines = List.copyOf(lines);
  }

  CalendarEvent event() {
    ContentLine startLine =
        line("DTSTART").orElseThrow(() -> error(lines.getFirst(), "the event has no DTSTART"));
    Moment start = times.moment(startLine, startLine.value().strip());
    Optional<ContentLine> rule = line("RRULE");
    Instant last = rule.map(it -> last(it, start)).orElse(null);
    line("EXRULE")
        .ifPresent(
            line -> {
              throw error(line, "EXRULE is not supported; expected EXDATE");
            });
    return new CalendarEvent(
        lines.getFirst().number(),
        line("UID").map(ContentLine::text).orElse(""),
        line("SUMMARY").map(ContentLine::text).orElse(""),
        attendees(),
        start.at(),
        length(start),
        rule.map(it -> recurring(it, start.at(), last)),
        last,
        all("RDATE", Moment::at),
        excluded(start),
        line("RECURRENCE-ID").map(this::replaced),
        line("STATUS").filter(it -> it.text().equalsIgnoreCase("CANCELLED")).isPresent());
  }

  private Optional<ContentLine> line(String name) {
    return lines.stream().filter(line -> line.name().equals(name)).findFirst();
  }

  private ConfigException error(ContentLine line, String message) {
    return new ConfigException(file, line.number(), 0, message);
  }

  private List<String> attendees() {
    var all = new ArrayList<String>();
    for (ContentLine line : lines) {
      if (line.name().equals("ATTENDEE")) {
        String address = line.value().strip().toLowerCase(Locale.ROOT);
        all.add(address.startsWith("mailto:") ? address.substring("mailto:".length()) : address);
        if (!line.parameter("CN").isEmpty()) {
          all.add(line.parameter("CN"));
        }
      }
    }
    return all;
  }

  private Duration length(Moment start) {
    Optional<ContentLine> last = line("DTEND");
    Optional<ContentLine> duration = line("DURATION");
    Duration length =
        last.map(
                line ->
                    Duration.between(
                        start.at().toLocalDateTime(),
                        times
                            .moment(line, line.value().strip())
                            .at()
                            .withZoneSameInstant(start.at().getZone())
                            .toLocalDateTime()))
            .or(() -> duration.map(times::duration))
            .orElse(start.isDay() ? Duration.ofDays(1) : Duration.ZERO);
    if (length.isNegative() || length.isZero()) {
      throw error(
          last.or(() -> duration).orElse(lines.getFirst()),
          "expected an event that ends after it begins (DTEND or DURATION)");
    }
    return length;
  }

  private RecurringTimes recurring(ContentLine line, ZonedDateTime start, @Nullable Instant last) {
    Instant until = last == null || last.isAfter(end) ? end : last;
    String rule = line.value().strip().replaceAll("(?i)(^|;)UNTIL=[^;]*", "");
    try {
      return RecurringTimes.of(
          rule.startsWith(";") ? rule.substring(1) : rule,
          start.toLocalDateTime(),
          until.atZone(start.getZone()).toLocalDateTime());
    } catch (IllegalArgumentException e) {
      throw times.error(line, RULE + " (" + e.getMessage() + ")", line.value());
    }
  }

  /// Returns the last permitted begin; the whole day if the bound is a date.
  private @Nullable Instant last(ContentLine line, Moment start) {
    for (String part : line.value().strip().split(";", -1)) {
      if (part.toUpperCase(Locale.ROOT).startsWith("UNTIL=")) {
        Moment until = times.moment(line, part.substring("UNTIL=".length()));
        // A day or a time without zone is in the zone of the event.
        boolean isUtc = part.endsWith("Z");
        LocalDateTime local = until.at().toLocalDateTime();
        ZonedDateTime bound =
            isUtc
                ? until.at()
                : (until.isDay() ? local.toLocalDate().atTime(LocalTime.MAX) : local)
                    .atZone(start.at().getZone());
        return bound.toInstant();
      }
    }
    return null;
  }

  private CalendarEvent.Excluded excluded(Moment start) {
    var begins = new HashSet<Instant>();
    var dates = new HashSet<LocalDate>();
    for (Moment moment : all("EXDATE", Function.identity())) {
      if (moment.isDay() && !start.isDay()) {
        dates.add(moment.at().toLocalDate());
      } else {
        begins.add(moment.at().toInstant());
      }
    }
    return new CalendarEvent.Excluded(begins, dates);
  }

  private Instant replaced(ContentLine line) {
    if (!line.parameter("RANGE").isEmpty()) {
      throw error(line, "RANGE is not supported; expected a RECURRENCE-ID of one occurrence");
    }
    return times.moment(line, line.value().strip()).at().toInstant();
  }

  private <T> List<T> all(String name, Function<Moment, T> result) {
    var all = new ArrayList<T>();
    for (ContentLine line : lines) {
      if (line.name().equals(name)) {
        if (line.parameter("VALUE").equalsIgnoreCase("PERIOD")) {
          throw error(line, name + ": VALUE=PERIOD is not supported; expected times or dates");
        }
        for (String value : line.value().strip().split(",", -1)) {
          all.add(result.apply(times.moment(line, value.strip())));
        }
      }
    }
    return all;
  }
}
