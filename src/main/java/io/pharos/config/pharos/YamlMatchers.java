package io.pharos.config.pharos;

import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.LabelMatcher;
import io.pharos.model.MatcherParser;
import java.util.List;

/// Reads lists of matchers.
public final class YamlMatchers {
  private YamlMatchers() {}

  /// Returns the matchers in a list. Each item may contain several.
  ///
  /// @throws io.pharos.config.yaml.ConfigException at an item that is none
  public static List<LabelMatcher> read(YamlValue value) {
    return value.asList().stream()
        .flatMap(
            item ->
                item
                    .parse("matchers such as severity=\"critical\"", MatcherParser::parseMatchers)
                    .stream())
        .toList();
  }

  /// Returns the matchers of a key that must have at least one.
  ///
  /// @throws io.pharos.config.yaml.ConfigException if there is none, or at an item that is none
  public static List<LabelMatcher> require(YamlMap map, String key) {
    YamlValue list = map.require(key);
    List<LabelMatcher> all = read(list);
    if (all.isEmpty()) {
      throw list.error("expected at least one matcher");
    }
    return all;
  }
}
