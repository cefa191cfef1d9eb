package io.pharos.rules;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.Suggestion;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import io.pharos.rules.hysteresis.Hysteresis;
import io.pharos.template.TemplateException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Reads a rule file. If the file has problems, throws one exception with all of them.
final class RuleFileReader {
  private static final List<String> RULE_KEYS =
      List.of("record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations");

  private final String file;
  private final RuleExpression.Language language;
  private final List<ConfigException.Problem> problems = new ArrayList<>();
  private final List<ConfigException.Problem> warnings = new ArrayList<>();

  /* Prefix of messages, which names the part that is being read: empty, `group "g", ` or `group
   * "g", rule 3, "Name", `. */
  private String subject = "";
  private String pathPrefix = "";

  RuleFileReader(String file, RuleExpression.Language language) {
    this.file = file;
    this.language = language;
  }

  RuleFile read(String text) {
    List<YamlValue> documents = YamlFile.parseAll(file, text);
    for (int i = 1; i < documents.size(); i++) {
      warnings.add(
          new ConfigException.Problem(
              file,
              documents.get(i).line(),
              1,
              "this YAML document is ignored: a rule file has only one document, but this is number "
                  + (i + 1)));
    }
    List<GroupSpec> groups = documents.isEmpty() ? List.of() : groups(documents.getFirst());
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return new RuleFile(file, groups, warnings);
  }

  private List<GroupSpec> groups(YamlValue document) {
    var groups = new ArrayList<GroupSpec>();
    if (document.isNull()) {
      return groups;
    }
    Optional<YamlMap> top = attempt(document::asMap);
    if (top.isEmpty()) {
      return groups;
    }
    var seen = new HashMap<String, Integer>();
    for (YamlValue item : list(top.get(), "groups")) {
      subject = "";
      pathPrefix = "";
      attempt(item::asMap).flatMap(map -> group(item, map, seen)).ifPresent(groups::add);
    }
    subject = "";
    finish(top.get());
    return groups;
  }

  private Optional<GroupSpec> group(YamlValue item, YamlMap map, Map<String, Integer> seen) {
    int before = problems.size();
    String name = attempt(() -> map.string("name", "")).orElse("");
    subject = "group " + Quoted.of(name);
    pathPrefix = item.path() + ".";
    if (name.isEmpty() && isNotMistyped(map, "name")) {
      problem(item, "the key \"name\" is missing or empty");
    } else if (!name.isEmpty()) {
      Integer earlier = seen.putIfAbsent(name, item.line());
      if (earlier != null) {
        problem(item, "the group is already defined in line " + earlier);
      }
    }
    Optional<Duration> interval = duration(map, "interval").filter(every -> !every.isZero());
    Optional<Duration> offset = duration(map, "query_offset");
    int limit = attempt(() -> map.integer("limit", 0)).orElse(0);
    if (limit < 0) {
      warn(map.require("limit"), "limit: a negative limit means no limit, found " + limit);
    }
    SortedMap<String, String> labels = labels(map, "labels", true, "");
    List<YamlValue> items = list(map, "rules");
    finish(map);

    var rules = new ArrayList<RuleSpec>();
    String group = subject;
    for (int i = 0; i < items.size(); i++) {
      int number = i + 1;
      subject = group + ", rule " + number;
      pathPrefix = items.get(i).path() + ".";
      YamlValue rule = items.get(i);
      attempt(rule::asMap).flatMap(body -> rule(rule, body, group, number)).ifPresent(rules::add);
    }
    subject = group;
    return problems.size() > before
        ? Optional.empty()
        : Optional.of(
            new GroupSpec(
                name,
                interval.orElse(null),
                offset.orElse(null),
                Math.max(0, limit),
                labels,
                rules));
  }

  private Optional<RuleSpec> rule(YamlValue item, YamlMap map, String group, int number) {
    int before = problems.size();
    String record = attempt(() -> map.string("record", "")).orElse("");
    String alert = attempt(() -> map.string("alert", "")).orElse("");
    String name = alert.isEmpty() ? record : alert;
    if (!name.isEmpty()) {
      subject = group + ", rule " + number + ", " + Quoted.of(name);
    }
    if (!record.isEmpty() && !alert.isEmpty()) {
      problem(item, "only one of the keys record and alert may be set");
    } else if (record.isEmpty() && alert.isEmpty() && isNotMistyped(map, "alert", "record")) {
      problem(item, "one of the keys record and alert must be set");
    }
    Optional<RuleExpression> expression = expression(item, map);
    Optional<Duration> holdFor = duration(map, "for");
    Optional<Duration> keepFiringFor = duration(map, "keep_firing_for");
    SortedMap<String, String> labels = labels(map, "labels", true, alert);
    SortedMap<String, String> annotations = labels(map, "annotations", false, alert);
    if (!record.isEmpty() && alert.isEmpty()) {
      checkRecordingRule(map, record, !annotations.isEmpty());
      refuseDuration(map, "for", holdFor);
      refuseDuration(map, "keep_firing_for", keepFiringFor);
    }
    finish(map);
    if (problems.size() > before || expression.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        alert.isEmpty()
            ? new RuleSpec.Recording(record, expression.get(), labels)
            : new RuleSpec.Alerting(
                alert,
                expression.get(),
                holdFor.orElse(Duration.ZERO),
                keepFiringFor.orElse(Duration.ZERO),
                labels,
                annotations,
                Hysteresis.NONE));
  }

  private void checkRecordingRule(YamlMap map, String record, boolean hasAnnotations) {
    if (hasAnnotations) {
      problem(
          map.require("annotations"),
          "annotations are only for alerts; remove them from this recording rule");
    }
    if (record.indexOf('{') >= 0 || record.indexOf('}') >= 0) {
      problem(
          map.require("record"),
          "record: expected the name of a metric, found %s; put the braces into expr or labels"
              .formatted(Quoted.of(record)));
    }
  }

  /* Refuses a duration that only alerts may have. An explicit zero is allowed, because it is the
   * default. */
  private void refuseDuration(YamlMap map, String key, Optional<Duration> duration) {
    if (duration.isPresent() && !duration.get().isZero()) {
      problem(map.require(key), key + " is only for alerts; remove it from this recording rule");
    }
  }

  private Optional<RuleExpression> expression(YamlValue item, YamlMap map) {
    String text = attempt(() -> map.string("expr", "")).orElse("");
    if (text.isBlank()) {
      if (isNotMistyped(map, "expr")) {
        problem(item, "the key \"expr\" is missing or empty");
      }
      return Optional.empty();
    }
    try {
      return Optional.of(language.parse(text));
    } catch (RuleExpression.IllegalExpressionException e) {
      YamlValue value = map.require("expr");
      add(value.file(), value.lineOf(e.offset()), value.column(), "expr: " + e.getMessage());
      return Optional.empty();
    }
  }

  /* Returns whether no unknown key resembles a missing key. An unknown key that resembles it is
   * reported as unknown, and one error is enough. */
  private static boolean isNotMistyped(YamlMap map, String... missing) {
    List<String> missingKeys = List.of(missing);
    return map.keys().stream()
        .filter(key -> !RULE_KEYS.contains(key) && !missingKeys.contains(key))
        .noneMatch(key -> Suggestion.nearest(key, missingKeys).isPresent());
  }

  private SortedMap<String, String> labels(YamlMap map, String key, boolean isLabel, String alert) {
    var read = new TreeMap<String, String>();
    Optional<YamlMap> entries = map.get(key).flatMap(value -> attempt(value::asMap));
    if (entries.isEmpty()) {
      return read;
    }
    for (String name : entries.get().keys()) {
      Optional<YamlValue> value = entries.get().get(name);
      String text = value.flatMap(found -> attempt(found::asString)).orElse("");
      read.put(name, text);
      if (name.isEmpty() || (isLabel && name.equals(Labels.METRIC_NAME))) {
        problem(
            map.require(key),
            key + ": " + Quoted.of(name) + " is not allowed as a label name here");
      }
      if (!alert.isEmpty() && value.isPresent()) {
        try {
          AlertText.parse(alert, text);
        } catch (TemplateException e) {
          YamlValue template = value.get();
          add(
              template.file(),
              template.lineOf(e.line(), e.column()),
              template.column(),
              key + "." + name + ": " + e.getMessage());
        }
      }
    }
    return read;
  }

  private void warn(YamlValue at, String message) {
    warnings.add(
        new ConfigException.Problem(file, at.line(), at.column(), subject + ": " + message));
  }

  private Optional<Duration> duration(YamlMap map, String key) {
    return map.get(key).flatMap(value -> attempt(value::asDuration));
  }

  private List<YamlValue> list(YamlMap map, String key) {
    return map.get(key).flatMap(value -> attempt(value::asList)).orElse(List.of());
  }

  private void finish(YamlMap map) {
    attempt(
        () -> {
          map.finish();
          return map;
        });
  }

  private void problem(YamlValue at, String message) {
    add(at.file(), at.line(), at.column(), message);
  }

  private void add(String where, int line, int column, String message) {
    String text = message.startsWith(pathPrefix) ? message.substring(pathPrefix.length()) : message;
    if (!pathPrefix.isEmpty()) {
      String path = pathPrefix.substring(0, pathPrefix.length() - 1) + ": ";
      text = text.startsWith(path) ? text.substring(path.length()) : text;
    }
    problems.add(
        new ConfigException.Problem(
            where, line, column, subject.isEmpty() ? text : subject + ": " + text));
  }

  private <T> Optional<T> attempt(Supplier<@Nullable T> step) {
    try {
      return Optional.ofNullable(step.get());
    } catch (ConfigException e) {
      for (ConfigException.Problem problem : e.problems()) {
        add(problem.file(), problem.line(), problem.column(), problem.message());
      }
      return Optional.empty();
    }
  }
}
