package io.pharos.oncall.schedule;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.Problems;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import io.pharos.oncall.calendar.CalendarEvent;
import io.pharos.oncall.calendar.CalendarFile;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Reads layers whose shifts are events of a calendar.
///
/// @param person reads the name of a known person
/// @param isPerson whether a text is the name of a known person
/// @param zone that of the rotation
/// @param now the time from which repetitions are counted
record CalendarReader(
    Function<YamlValue, String> person, Predicate<String> isPerson, ZoneId zone, Instant now) {

  CalendarLayer layer(String name, YamlMap map, Problems problems) {
    map.refuseOthers(List.of("file", "names"));
    Path folder = Path.of(map.file());
    Path file = map.require("file").parse("the path of a file", folder::resolveSibling);
    Map<String, String> names = names(map);
    List<CalendarEvent> events =
        CalendarFile.parse(file.toString(), YamlFile.text(file), zone, now.plus(Rotation.HORIZON));
    var duties = new ArrayList<CalendarLayer.Duty>();
    for (CalendarEvent event : events) {
      if (!event.isCancelled()) {
        problems.check(
            () -> duties.add(new CalendarLayer.Duty(person(event, names, file.toString()), event)));
      }
    }
    return new CalendarLayer(name, duties);
  }

  private Map<String, String> names(YamlMap map) {
    var names = new HashMap<String, String>();
    if (map.has("names")) {
      YamlMap given = map.require("names").asMap();
      for (String text : given.keys()) {
        names.put(key(text), person.apply(given.require(text)));
      }
    }
    return names;
  }

  /* Mail addresses are compared without regard to case. */
  private static String key(String text) {
    return text.contains("@") ? text.strip().toLowerCase(Locale.ROOT) : text.strip();
  }

  private String person(CalendarEvent event, Map<String, String> names, String file) {
    String titled = named(event.summary(), names);
    if (titled != null) {
      return titled;
    }
    Set<String> attending = new LinkedHashSet<>();
    for (String attendee : event.attendees()) {
      String found = named(attendee, names);
      if (found != null) {
        attending.add(found);
      }
    }
    if (attending.size() == 1) {
      return attending.iterator().next();
    }
    throw new ConfigException(
        file,
        event.line(),
        0,
        attending.isEmpty()
            ? "expected an event whose SUMMARY or ATTENDEE is a person of oncall.yml or a key of names, found SUMMARY %s and %s"
                .formatted(
                    Quoted.of(event.summary()),
                    event.attendees().isEmpty()
                        ? "no ATTENDEE"
                        : "ATTENDEE " + Quoted.of(String.join(", ", event.attendees())))
            : "expected an event of one person, found ATTENDEE of " + String.join(", ", attending));
  }

  private @Nullable String named(String text, Map<String, String> names) {
    String mapped = names.get(key(text));
    return mapped == null && isPerson.test(text) ? text : mapped;
  }
}
