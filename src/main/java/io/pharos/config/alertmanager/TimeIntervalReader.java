package io.pharos.config.alertmanager;

import io.pharos.config.alertmanager.TimeInterval.Range;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import java.time.DateTimeException;
import java.time.Month;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/// Reads named time intervals.
final class TimeIntervalReader {
  static final List<String> WEEKDAYS =
      List.of("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday");
  private static final List<String> MONTHS =
      Stream.of(Month.values()).map(month -> month.name().toLowerCase(Locale.ROOT)).toList();

  /* Time zones of the IANA database that the JDK does not have, with their offsets from UTC in
   * hours. */
  private static final Map<String, Integer> FIXED_ZONES = Map.of("EST", -5, "MST", -7, "HST", -10);

  private TimeIntervalReader() {}

  static NamedTimeInterval read(YamlMap map) {
    String name = map.string("name", "");
    if (name.isEmpty()) {
      throw map.error("the time interval has no name");
    }
    return map.finished(
        new NamedTimeInterval(name, map.list("time_intervals", TimeIntervalReader::readInterval)));
  }

  private static TimeInterval readInterval(YamlValue value) {
    YamlMap map = value.asMap();
    return map.finished(
        new TimeInterval(
            map.list("times", item -> times(item.asMap())),
            ranges(map, "weekdays", "weekday", "monday:friday", TimeIntervalReader::weekday),
            ranges(map, "days_of_month", "day", "1:7 or -1", TimeIntervalReader::day),
            ranges(map, "months", "month", "january:march", TimeIntervalReader::month),
            ranges(map, "years", "year", "2024:2026", Integer::parseInt),
            map.get("location").map(TimeIntervalReader::zone).orElse(ZoneOffset.UTC)));
  }

  private static Range times(YamlMap map) {
    int start = minute(map.require("start_time"));
    int end = minute(map.require("end_time"));
    if (start >= end) {
      throw map.error(
          "start_time must be before end_time, found %s and %s"
              .formatted(map.string("start_time", ""), map.string("end_time", "")));
    }
    map.finish();
    return new Range(start, end);
  }

  private static int minute(YamlValue value) {
    return value.parse(
        "a time HH:MM from 00:00 to 24:00",
        text -> {
          if (!text.matches("([01][0-9]|2[0-3]):[0-5][0-9]|24:00")) {
            throw new IllegalArgumentException("not HH:MM");
          }
          return Integer.parseInt(text.substring(0, 2)) * 60 + Integer.parseInt(text.substring(3));
        });
  }

  private static List<Range> ranges(
      YamlMap map, String key, String noun, String example, ToIntFunction<String> parser) {
    String expected = "a " + noun + " or a range such as " + example;
    boolean daysOfMonth = key.equals("days_of_month");
    return map.list(key, value -> value.parse(expected, text -> range(text, parser, daysOfMonth)));
  }

  private static Range range(String original, ToIntFunction<String> parser, boolean daysOfMonth) {
    String text = original.toLowerCase(Locale.ROOT);
    String[] parts = text.split(":", -1);
    if (parts.length > 2) {
      throw new IllegalArgumentException("more than one colon");
    }
    int begin = parser.applyAsInt(parts[0]);
    int end = parts.length == 1 ? begin : parser.applyAsInt(parts[1]);
    boolean comparable = !daysOfMonth || (begin < 0) == (end < 0);
    if (comparable && begin > end) {
      throw new IllegalArgumentException("the range ends before it begins");
    }
    if (daysOfMonth && begin < 0 && end > 0) {
      throw new IllegalArgumentException("if the start is negative, the end must be negative too");
    }
    if (daysOfMonth && begin > 0 && end < 0 && begin > 28 + end) {
      // Alertmanager has the same limit. It rejects 28:-1 too, though each month has a day 28.
      throw new IllegalArgumentException(
          "the start must be at most 28 - %d = %d, as in Alertmanager".formatted(-end, 28 + end));
    }
    return new Range(begin, end);
  }

  private static int weekday(String text) {
    int index = WEEKDAYS.indexOf(text);
    if (index < 0) {
      throw new IllegalArgumentException(Quoted.of(text) + " is not a weekday");
    }
    return index;
  }

  private static int month(String text) {
    int index = MONTHS.indexOf(text);
    int month = index >= 0 ? index + 1 : Integer.parseInt(text);
    if (month < 1 || month > 12) {
      throw new IllegalArgumentException(month + " is not a month");
    }
    return month;
  }

  private static int day(String text) {
    int day = Integer.parseInt(text);
    if (day == 0 || day < -31 || day > 31) {
      throw new IllegalArgumentException(day + " is not a day of a month");
    }
    return day;
  }

  private static ZoneId zone(YamlValue value) {
    String name = value.asString();
    if (name.isEmpty() || name.equals("UTC")) {
      return ZoneOffset.UTC;
    }
    if (name.equals("Local")) {
      return ZoneId.systemDefault();
    }
    if (FIXED_ZONES.containsKey(name)) {
      return ZoneOffset.ofHours(FIXED_ZONES.get(name));
    }
    if (!ZoneId.getAvailableZoneIds().contains(name) || name.startsWith("SystemV/")) {
      throw value.error(
          "unknown time zone " + Quoted.of(name) + ", expected one such as Europe/Berlin");
    }
    try {
      return ZoneId.of(name);
    } catch (DateTimeException e) {
      throw value.error("unknown time zone " + Quoted.of(name) + ": " + e.getMessage());
    }
  }
}
