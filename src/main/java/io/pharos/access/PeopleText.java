package io.pharos.access;

import io.pharos.access.People.Person;
import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import java.util.ArrayList;
import java.util.List;

/// The text of a people file while it is edited. Only the lines of one person change, so that
/// comments and everything else remain.
///
/// @param file name of the file in errors
/// @param text the content; empty for a new file
public record PeopleText(String file, String text) {
  private static final String HEAD = "version: 1\npeople:\n";

  /// Returns the text with a person added, or replaced if there is one with that name.
  ///
  /// @throws ConfigException if the file is invalid, or written in a way that can't be edited
  public PeopleText with(Person person) {
    People before = parsed();
    var people = new ArrayList<>(before.people());
    int index = index(before, person.name());
    String entry = entry(person);
    if (index >= 0) {
      people.set(index, person);
      return edited(lines(index), entry, people);
    }
    people.add(person);
    int end = before.people().isEmpty() ? headEnd() : lines(before.people().size() - 1).to();
    return edited(new Lines(end, end), entry, people);
  }

  /// Returns the text without the person that has a name.
  ///
  /// @throws ConfigException if the file is invalid, or written in a way that can't be edited
  /// @throws IllegalArgumentException if there is no such person
  public PeopleText without(String name) {
    People before = parsed();
    int index = index(before, name);
    if (index < 0) {
      throw new IllegalArgumentException("nobody has this name");
    }
    var people = new ArrayList<>(before.people());
    people.remove(index);
    return edited(lines(index), "", people);
  }

  /// Returns the people.
  public People parsed() {
    return text.isBlank() ? People.NONE : People.parse(file, text);
  }

  private static int index(People people, String name) {
    return people.people().stream().map(Person::name).toList().indexOf(name);
  }

  private static String entry(Person person) {
    return "  - name: '%s'\n    role: %s\n    password: %s\n"
        .formatted(
            person.name().replace("'", "''"), person.role().text(), person.password().text());
  }

  /* Lines from one to another, counted from 0; the second is the one after the last. */
  private record Lines(int from, int to) {}

  private Lines lines(int person) {
    YamlMap map = YamlFile.parse(file, text);
    List<YamlValue> people = map.items("people");
    int from = people.get(person).line() - 1;
    int next =
        person + 1 < people.size() ? people.get(person + 1).line() - 1 : endOf(map, "people");
    return new Lines(from, next);
  }

  private int headEnd() {
    return text.isBlank() ? 0 : endOf(YamlFile.parse(file, text), "people");
  }

  /* Returns the line of the next key, or the number of lines. */
  private int endOf(YamlMap map, String key) {
    List<String> keys = map.keys();
    int next = keys.indexOf(key) + 1;
    return keys.contains(key) && next < keys.size()
        ? map.line(keys.get(next)) - 1
        : (int) text.lines().count();
  }

  /* Replaces lines, and checks that the result has exactly these people. */
  private PeopleText edited(Lines lines, String entry, List<Person> people) {
    String edited;
    if (text.isBlank()) {
      edited = HEAD + entry;
    } else {
      List<String> all = text.lines().toList();
      var result = new StringBuilder();
      all.subList(0, lines.from()).forEach(line -> result.append(line).append('\n'));
      result.append(entry);
      all.subList(lines.to(), all.size()).forEach(line -> result.append(line).append('\n'));
      edited = people.isEmpty() ? result.toString() : withKey(result.toString());
    }
    try {
      if (People.parse(file, edited).people().equals(people)) {
        return new PeopleText(file, edited);
      }
    } catch (ConfigException _) { // reported below
    }
    throw new ConfigException(
        file,
        lines.from() + 1,
        0,
        "can't be edited by this command: expected each person on lines of their own, starting with"
            + " \"  - name:\", and \"people:\" on a line of its own");
  }

  /* Adds the key if the file had no people. */
  private static String withKey(String edited) {
    return edited.lines().anyMatch(line -> line.startsWith("people:"))
        ? edited.replaceFirst("(?m)^people: *\\[ *\\] *$", "people:")
        : edited.replaceFirst("(?m)^  - name:", "people:\n  - name:");
  }
}
