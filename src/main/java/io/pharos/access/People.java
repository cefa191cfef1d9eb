package io.pharos.access;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The people who may log in, from `access/people.yml` (docs/format/people.md). Immutable.
///
/// @param oidc the identity provider; empty if there is none
public record People(List<Person> people, Optional<OidcSettings> oidc) {
  /// The default path of the file.
  public static final String DEFAULT_PATH = "access/people.yml";

  /// Nobody.
  public static final People NONE = new People(List.of(), Optional.empty());

  private static final int VERSION = 1;
  private static final int MAX_PEOPLE = 1_000;
  private static final int MAX_NAME = 64;

  /// Types of characters that a name must not contain.
  private static final Set<Byte> INVISIBLE =
      Set.of(
          Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR);

  public People {
    people = List.copyOf(people);
  }

  /// A person with an account.
  public record Person(String name, Role role, PasswordHash password) {}

  /// Reads a people file.
  ///
  /// @throws ConfigException if the file can't be read or is invalid
  public static People read(Path file) {
    return YamlFile.read(file, map -> from(map, folder(file)));
  }

  /// Parses the content of a people file.
  public static People parse(String name, String text) {
    return from(YamlFile.parse(name, text), folder(Path.of(name)));
  }

  private static Path folder(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    return parent == null ? file : parent;
  }

  private static People from(YamlMap map, Path folder) {
    map.refuseOthers(List.of("version", "people", "oidc"));
    YamlValue version = map.require("version");
    if (version.asInt() != VERSION) {
      throw version.error("expected " + VERSION + ", the only version");
    }
    List<Person> people = map.list("people", item -> person(item.asMap()));
    Optional<OidcSettings> oidc =
        map.get("oidc").map(section -> OidcSettings.read(section.asMap(), folder));
    map.finish();
    if (people.size() > MAX_PEOPLE) {
      throw map.error(people.size() + " people, expected at most " + MAX_PEOPLE);
    }
    var names = new HashSet<String>();
    for (Person person : people) {
      if (!names.add(person.name())) {
        throw map.error("two people have the name " + Quoted.of(person.name()));
      }
    }
    return new People(people, oidc);
  }

  private static Person person(YamlMap map) {
    map.refuseOthers(List.of("name", "role", "password"));
    String name =
        map.require("name")
            .parse("a name of 1 to 64 visible characters, without spaces around it", People::name);
    Role role = map.require("role").parse(Role.WORDS, Role::parse);
    PasswordHash password =
        map.require("password").parse(PasswordHash.EXPECTED, PasswordHash::parse);
    return map.finished(new Person(name, role, password));
  }

  /// Returns the name of a person if it is permitted. Characters that are not visible could make
  /// two names look the same.
  ///
  /// @throws IllegalArgumentException if it is not permitted
  public static String name(String text) {
    boolean isVisible =
        text.codePoints().noneMatch(c -> INVISIBLE.contains((byte) Character.getType(c)));
    if (!isVisible || text.isBlank() || text.length() > MAX_NAME || !text.equals(text.strip())) {
      throw new IllegalArgumentException(text.length() + " characters");
    }
    return text;
  }

  /// Returns the person with a name.
  public Optional<Person> find(String name) {
    return people.stream().filter(person -> person.name().equals(name)).findFirst();
  }
}
