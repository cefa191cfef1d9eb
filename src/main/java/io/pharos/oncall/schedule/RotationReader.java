package io.pharos.oncall.schedule;

import io.pharos.config.yaml.Problems;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/// Reads the rotations of `oncall.yml`.
///
/// Ten layers with seven hours each have 490 spans a week. The longest search, 800 days, then takes
/// about half a second for a rotation, and 0.3 ms for one with a weekly layer.
///
/// @param person reads the name of a known person
/// @param isPerson whether a text is the name of a known person
/// @param now the time from which hand-overs by an RRULE are counted
record RotationReader(
    Problems problems,
    Function<YamlValue, String> person,
    Predicate<String> isPerson,
    Instant now) {
  private static final int MAX_LAYERS = 10;
  private static final int MAX_MEMBERS = 100;
  private static final int MAX_HOURS = 7; // one for each day of the week
  private static final int MAX_OVERRIDES = 100;

  /* A turn must be shorter than the longest search, which is 400 days. */
  private static final int MAX_DAYS = 366;

  private static final int FIRST_YEAR = 2000;
  private static final int LAST_YEAR = 2100;

  private static final List<String> DAYS =
      List.of("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday");

  Rotation rotation(YamlMap map) {
    map.refuseOthers(List.of("name", "timezone", "allow_gaps", "notice", "layers", "overrides"));
    String name = OnCallFile.name(map.require("name"));
    ZoneId zone = OnCallFile.zone(map.require("timezone"));
    OnCallFile.atMost(map, "layers", MAX_LAYERS);
    OnCallFile.atMost(map, "overrides", MAX_OVERRIDES);
    YamlValue listed = map.require("layers");
    if (listed.asList().isEmpty()) {
      throw listed.error("expected at least one layer");
    }
    List<RotationLayer> layers = problems.list(map, "layers", item -> layer(item.asMap(), zone));
    var names = new HashSet<String>();
    for (YamlValue item : listed.asList()) {
      item.asMap()
          .get("name")
          .filter(value -> !names.add(value.asString()))
          .ifPresent(
              value ->
                  problems.add(
                      value.error("the name " + Quoted.of(value.asString()) + " is given twice")));
    }
    var overrides = new ArrayList<DutyOverride>();
    for (YamlValue item : map.items("overrides")) {
      problems.check(() -> overrides.add(override(item.asMap(), name, zone)));
    }
    return new Rotation(
        name,
        zone,
        map.bool("allow_gaps", false),
        map.bool("notice", true),
        layers,
        overrides,
        map.line());
  }

  private RotationLayer layer(YamlMap map, ZoneId zone) {
    map.refuseOthers(
        List.of("name", "members", "start", "end", "handover", "every", "hours", "calendar"));
    String name = OnCallFile.name(map.require("name"));
    if (map.has("calendar")) {
      for (String key : List.of("members", "start", "end", "handover", "every", "hours")) {
        if (map.has(key)) {
          throw map.require(key).error("expected calendar or " + key + ", found both");
        }
      }
      return new CalendarReader(person, isPerson, zone, now)
          .layer(name, map.require("calendar").asMap(), problems);
    }
    List<String> members = map.require("members").asList().stream().map(person).toList();
    if (members.isEmpty() || members.size() > MAX_MEMBERS) {
      throw map.require("members").error("expected 1 to " + MAX_MEMBERS + " people");
    }
    LocalDateTime start = time(map.require("start"));
    Optional<LocalDateTime> end = map.get("end").map(RotationReader::time);
    if (end.filter(at -> !at.isAfter(start)).isPresent()) {
      throw map.require("end").error("expected a time after start");
    }
    OnCallFile.atMost(map, "hours", MAX_HOURS);
    return new TurnLayer(
        name,
        members,
        end,
        handover(map, start, zone),
        map.list(
            "hours",
            item -> {
              YamlMap hours = item.asMap();
              hours.refuseOthers(List.of("days", "from", "until"));
              return hours(hours);
            }));
  }

  private Handover handover(YamlMap map, LocalDateTime start, ZoneId zone) {
    YamlValue value = map.require("handover");
    int days =
        switch (value.asString()) {
          case "daily" -> 1;
          case "weekly" -> 7;
          default -> 0;
        };
    if (days > 0) {
      return new Handover.Days(start, days * map.integer("every", 1, 1, MAX_DAYS / days));
    }
    if (map.has("every")) {
      throw map.require("every").error("expected handover: daily or weekly; an RRULE has INTERVAL");
    }
    return recurring(value, start, zone, now);
  }

  /// Reads dates that recur by an RRULE.
  static Handover recurring(YamlValue value, LocalDateTime start, ZoneId zone, Instant now) {
    LocalDateTime last = now.plus(Rotation.HORIZON).atZone(zone).toLocalDateTime();
    return value.parse(RecurringHandover.EXPECTED, text -> RecurringHandover.of(text, start, last));
  }

  /// Reads days of the week and the hours on them.
  static DutyHours hours(YamlMap map) {
    Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
    map.list("days", RotationReader::days).forEach(days::addAll);
    return new DutyHours(
        days.isEmpty() ? EnumSet.allOf(DayOfWeek.class) : days,
        clock(map.require("from"), false),
        clock(map.require("until"), true));
  }

  private static Set<DayOfWeek> days(YamlValue value) {
    return value.parse(
        "a day such as monday, or days such as monday:friday",
        text -> {
          String[] parts = text.toLowerCase(Locale.ROOT).split(":", -1);
          int first = DAYS.indexOf(parts[0]);
          int last = DAYS.indexOf(parts[parts.length - 1]);
          if (parts.length > 2 || first < 0 || last < first) {
            throw new IllegalArgumentException("not a range of days from monday to sunday");
          }
          return EnumSet.range(DayOfWeek.of(first + 1), DayOfWeek.of(last + 1));
        });
  }

  private static LocalTime clock(YamlValue value, boolean isEnd) {
    return value.parse(
        isEnd ? "a time HH:MM from 00:00 to 24:00" : "a time HH:MM from 00:00 to 23:59",
        text -> {
          if (isEnd && text.equals("24:00")) {
            return LocalTime.MIDNIGHT;
          }
          if (!text.matches("([01][0-9]|2[0-3]):[0-5][0-9]")) {
            throw new IllegalArgumentException("not HH:MM");
          }
          return LocalTime.parse(text);
        });
  }

  /// Reads a local time.
  static LocalDateTime time(YamlValue value) {
    return value.parse(
        "a local time such as 2026-01-05T09:00",
        text -> {
          try {
            LocalDateTime time = LocalDateTime.parse(text);
            if (time.getYear() < FIRST_YEAR || time.getYear() > LAST_YEAR) {
              throw new IllegalArgumentException(
                  "the year is not from " + FIRST_YEAR + " to " + LAST_YEAR);
            }
            return time;
          } catch (DateTimeException e) {
            throw new IllegalArgumentException("not YYYY-MM-DDTHH:MM", e);
          }
        });
  }

  private DutyOverride override(YamlMap map, String rotation, ZoneId zone) {
    map.refuseOthers(List.of("person", "instead_of", "swap", "from", "until", "comment"));
    String name = person.apply(map.require("person"));
    String insteadOf = map.get("instead_of").map(person).orElse("");
    boolean swaps = map.bool("swap", false);
    if (swaps && insteadOf.isEmpty()) {
      throw map.require("swap").error("expected instead_of, the other person of the swap");
    }
    if (name.equals(insteadOf)) {
      throw map.require("instead_of").error("expected another person than " + Quoted.of(name));
    }
    Instant from = time(map.require("from")).atZone(zone).toInstant();
    Instant until = time(map.require("until")).atZone(zone).toInstant();
    if (!from.isBefore(until)) {
      throw map.require("until").error("expected a time after from");
    }
    return new DutyOverride(
        "file:" + map.line(),
        rotation,
        from,
        until,
        name,
        insteadOf,
        swaps,
        map.string("comment", ""),
        "",
        Instant.EPOCH);
  }
}
