package io.pharos.oncall.calendar;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.Problems;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads the events of an iCalendar file (RFC 5545).
///
/// Of ical4j, only the expansion of rules is used. Its reader needs three more libraries, gives no
/// lines of mistakes, and has time zones of its own.
public final class CalendarFile {
  /// Maximum number of events: a year of changes each hour has 8,760.
  public static final int MAX_EVENTS = RecurringTimes.MAX;

  private final String file;
  private final ZoneId zone;
  private final Instant end;
  private final Problems problems = new Problems();
  private final Map<String, String> zones = new HashMap<>();
  private final List<List<ContentLine>> events = new ArrayList<>();

  private CalendarFile(String file, ZoneId zone, Instant end) {
    this.file = file;
    this.zone = zone;
    this.end = end;
  }

  /// Parses the text of a file.
  ///
  /// @param name of the file, for messages
  /// @param zone of days, and of times without a zone
  /// @param end the end of the longest search: rules are counted until then
  /// @throws ConfigException with all problems, each with its line
  public static List<CalendarEvent> parse(String name, String text, ZoneId zone, Instant end) {
    return new CalendarFile(name, zone, end).parse(text);
  }

  private ConfigException error(int line, String message) {
    return new ConfigException(file, line, 0, message);
  }

  private List<CalendarEvent> parse(String text) {
    // Outlook begins its files with a byte order mark.
    split(ContentLine.of(file, text.startsWith("\uFEFF") ? text.substring(1) : text));
    if (events.size() > MAX_EVENTS) {
      throw error(
          events.get(MAX_EVENTS).getFirst().number(),
          "expected at most %d events, found %d".formatted(MAX_EVENTS, events.size()));
    }
    var times = new CalendarTimes(file, zone, zones);
    var all = new ArrayList<CalendarEvent>();
    int count = 0;
    for (List<ContentLine> lines : events) {
      Optional<CalendarEvent> read =
          problems.read(
              () -> Optional.of(new EventReader(file, times, end, lines).event()),
              Optional.empty());
      if (read.isPresent()) {
        all.add(read.get());
        // Counted at once, so that a hostile file does not cost more than these.
        count += read.get().within(Instant.EPOCH, end).size();
        checkSize(count, read.get());
      }
    }
    problems.raise();
    return replaced(all);
  }

  /* Components within events, such as alarms, do not matter. */
  private void split(List<ContentLine> lines) {
    if (lines.isEmpty() || !isLine(lines.getFirst(), "BEGIN", "VCALENDAR")) {
      throw error(1, "expected an iCalendar file, which begins with BEGIN:VCALENDAR");
    }
    var open = new ArrayList<String>();
    var event = new ArrayList<ContentLine>();
    var zoneNames = new HashMap<String, String>();
    for (ContentLine line : lines) {
      switch (line.name()) {
        case "BEGIN" -> {
          open.add(line.value().strip());
          if (isIn(open, "VEVENT")) {
            event = new ArrayList<>(List.of(line));
          } else if (isIn(open, "VTIMEZONE")) {
            zoneNames = new HashMap<>();
          }
        }
        case "END" -> {
          if (open.isEmpty() || !open.getLast().equalsIgnoreCase(line.value().strip())) {
            throw error(line.number(), "expected the END of what began last");
          }
          if (isIn(open, "VEVENT")) {
            events.add(event);
          } else if (isIn(open, "VTIMEZONE")) {
            zones.put(
                zoneNames.getOrDefault("TZID", ""), zoneNames.getOrDefault("X-LIC-LOCATION", ""));
          }
          open.removeLast();
        }
        default -> {
          if (isIn(open, "VEVENT")) {
            event.add(line);
          } else if (isIn(open, "VTIMEZONE")) {
            zoneNames.put(line.name(), line.text());
          }
        }
      }
    }
    if (!open.isEmpty()) {
      throw error(
          lines.getLast().number(), "expected END:" + open.getLast() + "; the file is incomplete");
    }
  }

  private static boolean isIn(List<String> open, String component) {
    return open.size() == 2 && open.getLast().equalsIgnoreCase(component);
  }

  private static boolean isLine(ContentLine line, String name, String value) {
    return line.name().equals(name) && line.value().strip().equalsIgnoreCase(value);
  }

  private void checkSize(int count, CalendarEvent last) {
    if (count > RecurringTimes.MAX) {
      throw error(
          last.line(),
          "expected at most %d events with their repetitions until %s, found more"
              .formatted(RecurringTimes.MAX, end));
    }
  }

  /* An event with RECURRENCE-ID stands for one occurrence of the event with the same UID. */
  private static List<CalendarEvent> replaced(List<CalendarEvent> all) {
    var replaced = new HashMap<String, Set<Instant>>();
    for (CalendarEvent event : all) {
      event
          .replaces()
          .ifPresent(at -> replaced.computeIfAbsent(event.uid(), _ -> new HashSet<>()).add(at));
    }
    return all.stream()
        .map(
            event ->
                event.replaces().isPresent()
                    ? event
                    : event.without(replaced.getOrDefault(event.uid(), Set.of())))
        .toList();
  }
}
