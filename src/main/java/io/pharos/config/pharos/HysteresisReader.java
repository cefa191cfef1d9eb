package io.pharos.config.pharos;

import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.LabelMatcher;
import java.util.List;
import java.util.Optional;

/// Reads `hysteresis` of `pharos.yml` (docs/format/pharos-yml.md).
public final class HysteresisReader {
  private HysteresisReader() {}

  /// Returns the items of a file; its other keys are not read.
  ///
  /// @throws io.pharos.config.yaml.ConfigException at an item that does not have the format
  public static List<HysteresisRule> list(YamlMap file) {
    return file.list("hysteresis", HysteresisReader::read);
  }

  private static HysteresisRule read(YamlValue value) {
    YamlMap map = value.asMap();
    List<LabelMatcher> matchers = YamlMatchers.require(map, "matchers");
    Optional<YamlMap> fireAfter = map.get("fire_after").map(YamlValue::asMap);
    Optional<Double> resolveAt =
        map.get("resolve_at").map(it -> it.parse("a number such as 80", HysteresisReader::number));
    if (fireAfter.isEmpty() && resolveAt.isEmpty()) {
      throw map.error("one of fire_after and resolve_at must be given");
    }
    int of = 1;
    int atLeast = 1;
    if (fireAfter.isPresent()) {
      YamlMap counts = fireAfter.get();
      counts.require("of");
      counts.require("at_least");
      of = counts.integer("of", 2, 2, HysteresisRule.MAX_EVALUATIONS);
      atLeast = counts.integer("at_least", 1, 1, of);
      counts.finish();
    }
    return map.finished(
        new HysteresisRule(
            matchers, atLeast, of, resolveAt.orElse(null), map.file(), map.line(), map.path()));
  }

  private static Double number(String text) {
    double value = Double.parseDouble(text);
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(text);
    }
    return value;
  }
}
