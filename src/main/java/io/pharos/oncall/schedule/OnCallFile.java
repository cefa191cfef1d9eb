package io.pharos.oncall.schedule;

import io.pharos.access.People;
import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.Problems;
import io.pharos.config.yaml.Suggestion;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import io.pharos.oncall.schedule.EscalationPolicy.Level;
import io.pharos.oncall.schedule.OnCallPerson.QuietHours;
import io.pharos.oncall.schedule.OnCallPerson.Step;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Reads `notifications/oncall.yml` (docs/format/oncall-yml.md) and refuses unknown keys and names.
public final class OnCallFile {
  /// Name of the file, which is beside `alertmanager.yml`.
  public static final String NAME = "oncall.yml";

  private static final int MAX_PEOPLE = 1_000; // as in access/people.yml
  private static final int MAX_WAYS = 10;
  private static final int MAX_ROTATIONS = 100;
  private static final int MAX_POLICIES = 100;
  private static final int MAX_WINDOWS = 100;
  private static final int MAX_LEVELS = 20;
  private static final int MAX_REPEATS = 10;
  private static final Pattern NAME_FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final List<String> SEVERITIES = List.of("critical", "warning", "info");

  /// What else is known when the file is read.
  ///
  /// @param receivers the names of all receivers; empty if they are unknown
  /// @param accounts the people who have accounts
  /// @param now hand-overs by an RRULE are counted until the end of the longest search from then on
  public record Surroundings(Optional<Set<String>> receivers, People accounts, Instant now) {
    /* People who log in at an identity provider are not in the file. */
    private Set<String> accountNames() {
      return accounts.oidc().isPresent()
          ? Set.of()
          : accounts.people().stream().map(People.Person::name).collect(Collectors.toSet());
    }

    private boolean hasReceiver(String name) {
      return receivers.filter(all -> !all.contains(name)).isEmpty();
    }
  }

  /// A policy that a level names, and the value that names it.
  private record Link(String from, YamlValue to) {}

  private final Problems problems = new Problems();
  private final Surroundings surroundings;
  private final Set<String> people = new LinkedHashSet<>();
  private final Set<String> ways = new HashSet<>();
  private final List<Link> links = new ArrayList<>();
  private final WindowReader recurring;

  private OnCallFile(Surroundings surroundings) {
    this.surroundings = surroundings;
    this.recurring = new WindowReader(surroundings.now());
  }

  /// Returns the path of the file for a path of `alertmanager.yml`.
  public static Path beside(Path notifications) {
    return notifications.resolveSibling(NAME);
  }

  /// Reads a file; a missing one has no content.
  ///
  /// @throws ConfigException with all problems of the file
  public static OnCallPlan read(Path file, Surroundings surroundings) {
    return Files.exists(file)
        ? YamlFile.read(file, map -> new OnCallFile(surroundings).plan(map))
        : OnCallPlan.NONE;
  }

  /// Parses the content of a file.
  public static OnCallPlan parse(String name, String text, Surroundings surroundings) {
    return new OnCallFile(surroundings).plan(YamlFile.parse(name, text));
  }

  /// Parses a maintenance window that is not in the file: the keys of one, without its name, as
  /// YAML or JSON.
  ///
  /// @throws ConfigException with what is wrong
  public static MaintenanceWindow window(String name, String text, Instant now) {
    return new WindowReader(now).window(YamlFile.parse("the maintenance window", text), name);
  }

  private OnCallPlan plan(YamlMap map) {
    map.refuseOthers(List.of("people", "rotations", "policies", "maintenance_windows"));
    people.addAll(names(map, "people"));
    List<OnCallPerson> persons =
        named(map, "people", MAX_PEOPLE, item -> person(item.asMap()), OnCallPerson::name);
    var reader =
        new RotationReader(problems, this::knownPerson, people::contains, surroundings.now());
    List<Rotation> rotations =
        named(
            map, "rotations", MAX_ROTATIONS, item -> reader.rotation(item.asMap()), Rotation::name);
    Set<String> names = names(map, "rotations");
    List<EscalationPolicy> policies =
        named(
            map,
            "policies",
            MAX_POLICIES,
            item -> policy(item.asMap(), names),
            EscalationPolicy::name);
    checkLinks(names(map, "policies"));
    List<MaintenanceWindow> windows =
        named(
            map,
            "maintenance_windows",
            MAX_WINDOWS,
            item -> recurring.window(item.asMap()),
            MaintenanceWindow::name);
    problems.raise();
    var plan = new OnCallPlan(map.file(), persons, rotations, policies, windows);
    policies.forEach(policy -> problems.check(() -> checkSize(plan, policy)));
    problems.raise();
    return plan;
  }

  /// Returns the names in a list, also of items with problems: a problem is reported once, not for
  /// each mention of the name.
  private Set<String> names(YamlMap map, String key) {
    var names = new LinkedHashSet<String>();
    for (YamlValue item : problems.read(() -> map.items(key), List.<YamlValue>of())) {
      if (item.isMap()) {
        item.asMap()
            .get("name")
            .filter(YamlValue::isScalar)
            .map(YamlValue::asString)
            .ifPresent(names::add);
      }
    }
    return names;
  }

  /// Returns the items of a list with unique names.
  private <T> List<T> named(
      YamlMap map, String key, int max, Function<YamlValue, T> reader, Function<T, String> name) {
    var names = new HashSet<String>();
    List<T> items =
        problems.list(
            map,
            key,
            value -> {
              T item = reader.apply(value);
              if (!names.add(name.apply(item))) {
                throw value
                    .asMap()
                    .require("name")
                    .error("the name " + Quoted.of(name.apply(item)) + " is given twice");
              }
              return item;
            });
    problems.check(() -> atMost(map, key, max));
    return items;
  }

  /// Refuses a list with too many items.
  static void atMost(YamlMap map, String key, int max) {
    int size = map.items(key).size();
    if (size > max) {
      throw map.require(key).error("expected at most " + max + " items, found " + size);
    }
  }

  private OnCallPerson person(YamlMap map) {
    map.refuseOthers(List.of("name", "ways", "language", "timezone", "quiet_hours", "rules"));
    YamlValue nameValue = map.require("name");
    String name =
        nameValue.parse(
            "a name of 1 to 64 visible characters, without spaces around it", People::name);
    Set<String> accounts = surroundings.accountNames();
    if (!accounts.isEmpty() && !accounts.contains(name)) {
      throw unknown(nameValue, "the name of an account in people.yml", accounts);
    }
    List<String> own = map.require("ways").asList().stream().map(this::receiver).toList();
    ways.addAll(own);
    if (own.isEmpty() || own.size() > MAX_WAYS) {
      throw map.require("ways")
          .error("expected 1 to " + MAX_WAYS + " receivers of alertmanager.yml");
    }
    String language =
        map.get("language").map(value -> oneOf(value, List.of("en", "zh"))).orElse("");
    Optional<YamlMap> rules = map.get("rules").map(YamlValue::asMap);
    rules.ifPresent(it -> it.refuseOthers(List.of("default", "important")));
    List<Step> usual = rules.map(it -> steps(it, "default", own)).orElse(List.of());
    List<Step> important = rules.map(it -> steps(it, "important", own)).orElse(List.of());
    List<Step> inOrder =
        own.stream().map(way -> new Step(way, Optional.<Duration>empty())).toList();
    ZoneId zone = map.get("timezone").map(OnCallFile::zone).orElse(ZoneOffset.UTC);
    return new OnCallPerson(
        name,
        own,
        language,
        zone,
        map.list("quiet_hours", item -> quietHours(item.asMap())),
        usual.isEmpty() ? inOrder : usual,
        important.isEmpty() ? inOrder : important,
        map.line());
  }

  private String receiver(YamlValue value) {
    if (!surroundings.hasReceiver(value.asString())) {
      throw unknown(
          value, "a receiver of alertmanager.yml", surroundings.receivers().orElse(Set.of()));
    }
    return value.asString();
  }

  private static QuietHours quietHours(YamlMap map) {
    map.refuseOthers(List.of("severities", "days", "from", "until"));
    List<String> severities =
        map.require("severities").asList().stream().map(value -> oneOf(value, SEVERITIES)).toList();
    if (severities.isEmpty()) {
      throw map.require("severities").error("expected at least one severity");
    }
    return new QuietHours(Set.copyOf(severities), RotationReader.hours(map));
  }

  private static List<Step> steps(YamlMap rules, String key, List<String> ways) {
    atMost(rules, key, MAX_WAYS);
    return rules.list(
        key,
        item -> {
          YamlMap map = item.asMap();
          map.refuseOthers(List.of("way", "after"));
          return new Step(
              oneOf(map.require("way"), ways),
              Optional.of(map.duration("after", "0s", "0s", "1d")));
        });
  }

  private EscalationPolicy policy(YamlMap map, Set<String> rotations) {
    map.refuseOthers(List.of("name", "repeat", "levels", "drill"));
    YamlValue nameValue = map.require("name");
    String name = name(nameValue);
    if (ways.contains(name)) {
      throw nameValue.error("expected a name that no person's way has, found " + Quoted.of(name));
    }
    atMost(map, "levels", MAX_LEVELS);
    List<Level> levels =
        map.require("levels").asList().stream()
            .map(item -> level(name, item.asMap(), rotations))
            .toList();
    if (levels.isEmpty()) {
      throw map.require("levels").error("expected at least one level");
    }
    return new EscalationPolicy(
        name,
        map.integer("repeat", 0, 0, MAX_REPEATS),
        levels,
        map.get("drill").map(value -> recurring.drills(value.asMap())),
        map.line());
  }

  private Level level(String policy, YamlMap map, Set<String> rotations) {
    map.refuseOthers(List.of("people", "rotations", "policy", "after", "important"));
    List<String> persons = map.list("people", this::knownPerson);
    List<String> named = map.list("rotations", value -> known(value, "rotation", rotations));
    Optional<YamlValue> other = map.get("policy");
    other.ifPresent(value -> links.add(new Link(policy, value)));
    if (other.isPresent() == (!persons.isEmpty() || !named.isEmpty())) {
      throw map.error(
          "expected people or rotations, or else policy, found "
              + (other.isPresent() ? "both" : "neither"));
    }
    return new Level(
        persons,
        named,
        other.map(YamlValue::asString),
        map.duration("after", "0s", "0s", "1d"),
        map.bool("important", false),
        map.line());
  }

  private static void checkSize(OnCallPlan plan, EscalationPolicy policy) {
    if (plan.levelCount(policy) > OnCallPlan.MAX_STEPS) {
      throw new ConfigException(
          plan.file(),
          policy.line(),
          0,
          "policy %s: expected at most %d levels, with those of other policies and all repeats"
              .formatted(Quoted.of(policy.name()), OnCallPlan.MAX_STEPS));
    }
  }

  private void checkLinks(Set<String> names) {
    for (Link link : links) {
      problems.check(
          () -> {
            String target = known(link.to(), "policy", names);
            List<String> way = way(target, link.from(), new LinkedHashSet<>());
            if (!way.isEmpty()) {
              throw link.to()
                  .error(
                      "expected a policy that does not lead back to this one, found %s (%s)"
                          .formatted(
                              Quoted.of(target), link.from() + " → " + String.join(" → ", way)));
            }
          });
    }
  }

  /// Returns the policies on the way from one to another; empty if there is no way.
  private List<String> way(String from, String to, Set<String> visited) {
    if (from.equals(to)) {
      return List.of(to);
    }
    if (visited.add(from)) {
      for (Link link : links) {
        List<String> rest =
            link.from().equals(from) ? way(link.to().asString(), to, visited) : List.<String>of();
        if (!rest.isEmpty()) {
          var way = new ArrayList<>(List.of(from));
          way.addAll(rest);
          return way;
        }
      }
    }
    return List.of();
  }

  /// Reads the name of a person of the file.
  private String knownPerson(YamlValue value) {
    return known(value, "person", people);
  }

  private static String known(YamlValue value, String kind, Set<String> names) {
    if (!names.contains(value.asString())) {
      throw unknown(value, "the name of a " + kind + " in this file", names);
    }
    return value.asString();
  }

  private static ConfigException unknown(YamlValue value, String expected, Set<String> names) {
    return value.error(
        "expected %s, found %s%s"
            .formatted(
                expected, Quoted.of(value.asString()), Suggestion.of(value.asString(), names)));
  }

  private static String oneOf(YamlValue value, List<String> texts) {
    return value.parse(
        "one of " + String.join(", ", texts),
        text -> {
          if (!texts.contains(text)) {
            throw new IllegalArgumentException("another word");
          }
          return text;
        });
  }

  /// Reads a name that may be part of an address.
  static String name(YamlValue value) {
    return value.parse(
        "1 to 64 letters, digits, . _ and -, beginning with a letter or digit",
        text -> {
          if (!NAME_FORM.matcher(text).matches()) {
            throw new IllegalArgumentException(text.length() + " characters");
          }
          return text;
        });
  }

  /// Returns whether a text is a permitted name of a rotation, a policy or an override.
  public static boolean isName(String text) {
    return NAME_FORM.matcher(text).matches();
  }

  /// Reads a time zone.
  static ZoneId zone(YamlValue value) {
    String name = value.asString();
    if (name.equals("UTC")) {
      return ZoneOffset.UTC;
    }
    if (!name.contains("/") || !ZoneId.getAvailableZoneIds().contains(name)) {
      throw unknown(
          value, "a time zone such as Europe/Berlin, or UTC", ZoneId.getAvailableZoneIds());
    }
    return ZoneId.of(name);
  }
}
