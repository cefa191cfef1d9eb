package io.pharos.config.alertmanager;

import io.pharos.config.pharos.YamlMatchers;
import io.pharos.config.yaml.YamlMap;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Quoted;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/// Reads the matchers of a mapping, which have three forms: `matchers`, and the older `match` and
/// `match_re`.
final class MatcherReader {
  private static final Comparator<LabelMatcher> ORDER =
      Comparator.comparing(LabelMatcher::name)
          .thenComparing(LabelMatcher::value)
          .thenComparing(LabelMatcher::type);

  /* Label names in the older forms. Only `matchers` allows all of UTF-8. */
  private static final Pattern OLD_NAME = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_]*");

  private MatcherReader() {}

  /// Returns all matchers of a mapping, sorted so that their order in the file does not matter.
  ///
  /// @param prefix prefix of the keys: empty, `source_` or `target_`
  static List<LabelMatcher> read(YamlMap map, String prefix) {
    var matchers = new ArrayList<LabelMatcher>();
    addOld(map, prefix + "match", LabelMatcher.Type.EQUAL, matchers);
    addOld(map, prefix + "match_re", LabelMatcher.Type.REGEX, matchers);
    map.get(prefix + "matchers").ifPresent(value -> matchers.addAll(YamlMatchers.read(value)));
    matchers.sort(ORDER);
    return List.copyOf(matchers);
  }

  /// Returns a matcher that was written in an older form. Its regular expression includes the
  /// anchors, because Alertmanager's group keys contain them.
  private static LabelMatcher old(LabelMatcher.Type type, String name, String value) {
    return LabelMatcher.of(
        type, name, type == LabelMatcher.Type.REGEX ? "^(?:" + value + ")$" : value, false);
  }

  private static void addOld(
      YamlMap map, String key, LabelMatcher.Type type, List<LabelMatcher> matchers) {
    map.get(key)
        .ifPresent(
            value -> {
              YamlMap pairs = value.asMap();
              for (String name : pairs.keys()) {
                if (!OLD_NAME.matcher(name).matches()) {
                  throw value.error("invalid label name " + Quoted.of(name));
                }
                matchers.add(
                    pairs
                        .get(name)
                        .map(text -> text.parse("a regular expression", v -> old(type, name, v)))
                        .orElseGet(() -> old(type, name, "")));
              }
            });
  }
}
