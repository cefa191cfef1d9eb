package io.pharos.config.prometheus;

import io.pharos.config.yaml.Problems;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import java.util.ArrayList;
import java.util.List;

/// Reads lists of relabelling steps.
final class RelabelReader {
  private RelabelReader() {}

  static List<RelabelConfig> list(YamlMap map, String key, Problems problems) {
    var steps = new ArrayList<RelabelConfig>();
    for (YamlValue item : problems.items(map, key)) {
      problems.check(() -> steps.add(step(item.asMap())));
    }
    return List.copyOf(steps);
  }

  private static RelabelConfig step(YamlMap map) {
    RelabelConfig.Action action =
        map.get("action")
            .map(
                value ->
                    value.parse(
                        "one of " + RelabelConfig.Action.names(), RelabelConfig.Action::parse))
            .orElse(RelabelConfig.Action.REPLACE);
    List<String> sources = map.strings("source_labels");
    String separator = map.string("separator", RelabelConfig.DEFAULT_SEPARATOR);
    String target = map.string("target_label", "");
    RelabelConfig.Regex regex =
        map.get("regex")
            .map(value -> value.parse("a regular expression (RE2)", RelabelConfig.Regex::of))
            .orElse(RelabelConfig.Regex.DEFAULT);
    long modulus =
        map.get("modulus")
            .map(value -> value.parse("a whole number", Long::parseUnsignedLong))
            .orElse(0L);
    String replacement = map.string("replacement", RelabelConfig.DEFAULT_REPLACEMENT);
    map.finish();
    try {
      return new RelabelConfig(sources, separator, target, regex, modulus, replacement, action);
    } catch (IllegalArgumentException e) {
      throw map.error(String.valueOf(e.getMessage()));
    }
  }
}
