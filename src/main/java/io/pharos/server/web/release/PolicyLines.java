package io.pharos.server.web.release;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.gate.policy.Check;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.server.web.design.PageText;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The text of a gate's policy by lines, and the line of each of its checks.
///
/// @param ofChecks line numbers from 1, by the id of the check
record PolicyLines(List<String> lines, Map<String, Integer> ofChecks) {
  PolicyLines {
    lines = List.copyOf(lines);
    ofChecks = Map.copyOf(ofChecks);
  }

  /// Returns the lines of a text whose checks are unknown.
  static PolicyLines of(String text) {
    return new PolicyLines(text.lines().map(PageText::of).toList(), Map.of());
  }

  static PolicyLines of(GatePolicy policy) {
    var found = new HashMap<String, Integer>();
    try {
      YamlMap checks = YamlFile.parse(policy.id(), policy.text()).require("checks").asMap();
      policy.checks().forEach(check -> found.put(check.id(), line(checks, check)));
    } catch (ConfigException _) {
      // A stored policy of an earlier version may have another form; its checks have no lines then.
    }
    return new PolicyLines(of(policy.text()).lines, found);
  }

  private static int line(YamlMap checks, Check check) {
    YamlValue value = checks.get(check.kind()).orElse(null);
    if (value == null || !value.isList()) {
      return checks.line(check.kind());
    }
    return value.asList().stream()
        .filter(YamlValue::isMap)
        .filter(
            item ->
                item.asMap()
                    .get("id")
                    .map(id -> id.asString().equals(check.id()))
                    .orElse(check.id().equals(check.kind())))
        .mapToInt(YamlValue::line)
        .findFirst()
        .orElse(checks.line(check.kind()));
  }

  /// Returns the line of a check; 0 if it is unknown.
  int of(Check check) {
    return ofChecks.getOrDefault(check.id(), 0);
  }
}
