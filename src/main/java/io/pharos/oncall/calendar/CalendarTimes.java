package io.pharos.oncall.calendar;

import io.pharos.config.yaml.ConfigException;
import io.pharos.model.Quoted;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads times of an iCalendar file.
///
/// @param zone of days, and of times without a zone
/// @param zones the names that the file's own definitions of zones have elsewhere
record CalendarTimes(String file, ZoneId zone, Map<String, String> zones) {
  private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("uuuuMMdd");
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss");
  private static final int DATE_LENGTH = 8;
  private static final int FIRST_YEAR = 1970;
  private static final int LAST_YEAR = 2200;
  private static final Pattern DURATION =
      Pattern.compile("\\+?P(?:(\\d{1,4})W)?(?:(\\d{1,4})D)?(T(?:\\d{1,4}[HMS])*)?");
  private static final String EXPECTED_DURATION = "a duration such as P7D or PT12H";

  CalendarTimes {
    zones = Map.copyOf(zones);
  }

  /// A day, or a time.
  record Moment(ZonedDateTime at, boolean isDay) {}

  /// Reads one time of a line, which may have several.
  Moment moment(ContentLine line, String value) {
    try {
      if (value.length() == DATE_LENGTH) {
        return new Moment(checked(LocalDate.parse(value, DATE).atStartOfDay()).atZone(zone), true);
      }
      if (value.endsWith("Z")) {
        return new Moment(
            checked(LocalDateTime.parse(value.substring(0, value.length() - 1), TIME))
                .atZone(ZoneOffset.UTC),
            false);
      }
      return new Moment(checked(LocalDateTime.parse(value, TIME)).atZone(zone(line)), false);
    } catch (DateTimeException _) {
      throw error(
          line,
          "a time such as 20260302T090000, or a date such as 20260302, from %d to %d"
              .formatted(FIRST_YEAR, LAST_YEAR),
          value);
    }
  }

  private static LocalDateTime checked(LocalDateTime time) {
    if (time.getYear() < FIRST_YEAR || time.getYear() > LAST_YEAR) {
      throw new DateTimeException("year " + time.getYear());
    }
    return time;
  }

  /* Some programs put their own name before that of the zone: /example.org/Europe/Berlin. */
  private ZoneId zone(ContentLine line) {
    String name = line.parameter("TZID");
    if (name.isEmpty()) {
      return zone;
    }
    String known = zones.getOrDefault(name, "");
    for (String rest = known.isEmpty() ? name : known;
        !rest.isEmpty();
        rest = rest.substring(rest.indexOf('/') + 1)) {
      if (ZoneId.getAvailableZoneIds().contains(rest)) {
        return ZoneId.of(rest);
      }
      if (rest.indexOf('/') < 0) {
        break;
      }
    }
    throw error(line, "a time zone such as Europe/Berlin", name);
  }

  /// Reads a duration.
  Duration duration(ContentLine line) {
    String value = line.value().strip();
    Matcher matcher = DURATION.matcher(value);
    if (!matcher.matches()) {
      throw error(line, EXPECTED_DURATION, value);
    }
    try {
      Duration time =
          matcher.group(3) == null ? Duration.ZERO : Duration.parse("P" + matcher.group(3));
      return time.plusDays(7 * number(matcher.group(1)) + number(matcher.group(2)));
    } catch (DateTimeException _) {
      throw error(line, EXPECTED_DURATION, value);
    }
  }

  private static long number(String digits) {
    return digits == null ? 0 : Long.parseLong(digits);
  }

  ConfigException error(ContentLine line, String expected, String found) {
    return new ConfigException(
        file,
        line.number(),
        0,
        "%s: expected %s, found %s".formatted(line.name(), expected, Quoted.of(found)));
  }
}
