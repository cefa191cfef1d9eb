package io.pharos.lint;

import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.rules.GroupSpec;
import io.pharos.rules.RuleFile;
import io.pharos.rules.RuleSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A rule file with the lines of its groups and rules, and its comments that disable checks.
public record LintedFile(
    RuleFile file, List<Group> groups, List<LintedRule> rules, Comments comments) {
  /// A group with the lines of its keys, from 1.
  public record Group(GroupSpec spec, Duration interval, int line, Map<String, Integer> lines) {}

  /// Finds the lines of groups and rules in the text of a rule file.
  ///
  /// @param evaluationInterval interval of groups that do not set one
  public static LintedFile read(RuleFile file, String text, Duration evaluationInterval) {
    String name = file.name();
    var groups = new ArrayList<Group>();
    var rules = new ArrayList<LintedRule>();
    if (!file.groups().isEmpty()) {
      List<YamlValue> items = YamlFile.parse(name, text).require("groups").asList();
      for (int i = 0; i < items.size(); i++) {
        YamlMap map = items.get(i).asMap();
        GroupSpec spec = file.groups().get(i);
        Duration groupInterval = spec.interval();
        Duration interval = groupInterval == null ? evaluationInterval : groupInterval;
        groups.add(new Group(spec, interval, items.get(i).line(), lines(map)));
        rules.addAll(rules(name, spec, interval, items.get(i).line(), map));
      }
    }
    List<Integer> starts =
        Stream.concat(groups.stream().map(Group::line), rules.stream().map(LintedRule::line))
            .distinct()
            .sorted()
            .toList();
    return new LintedFile(file, groups, rules, Comments.read(text, starts));
  }

  private static List<LintedRule> rules(
      String file, GroupSpec group, Duration interval, int groupLine, YamlMap map) {
    var rules = new ArrayList<LintedRule>();
    List<YamlValue> items = map.items("rules");
    for (int i = 0; i < items.size(); i++) {
      RuleSpec spec = group.rules().get(i).under(group.labels());
      rules.add(
          new LintedRule(
              file,
              group.name(),
              groupLine,
              i,
              spec,
              interval,
              items.get(i).line(),
              lines(items.get(i).asMap())));
    }
    return rules;
  }

  private static Map<String, Integer> lines(YamlMap map) {
    var lines = new HashMap<String, Integer>();
    for (String key : map.keys()) {
      lines.put(key, map.line(key));
      map.get(key)
          .filter(YamlValue::isMap)
          .ifPresent(
              value -> {
                YamlMap entries = value.asMap();
                entries.keys().forEach(name -> lines.put(key + "." + name, entries.line(name)));
              });
    }
    return lines;
  }
}
