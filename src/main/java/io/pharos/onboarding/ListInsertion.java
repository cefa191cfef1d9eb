package io.pharos.onboarding;

import io.pharos.yaml.ConfigException;
import io.pharos.yaml.YamlFile;
import io.pharos.yaml.YamlMap;
import io.pharos.yaml.YamlValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Puts items at the end of a top-level list of somebody's YAML file, as text, so that every
/// comment and every space of theirs stays. Whether it went well is read back: the file must then
/// say what it said before, and the items.
final class ListInsertion {
  /* What begins in the first column: not a comment, not an item of an unindented list. */
  private static final Pattern KEY = Pattern.compile("^[^\\s#-].*");

  private ListInsertion() {}

  /// The file with the items, or nothing where the text can't be changed safely.
  ///
  /// @param items a list indented by two, with its comments
  static Optional<String> into(String file, String text, String key, String items) {
    Optional<String> changed = insert(text, key, items);
    try {
      return changed.filter(after -> saysWhatItShould(file, text, after, key, items));
    } catch (ConfigException _) { // what came of it is not YAML: then it can't be done safely
      return Optional.empty();
    }
  }

  private static Optional<String> insert(String text, String key, String items) {
    if (text.indexOf('\r') >= 0) {
      return Optional.empty();
    }
    List<String> lines = new ArrayList<>(text.lines().toList());
    int at = -1;
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).matches(Pattern.quote(key) + ":\\s*(#.*)?")) {
        at = i;
        break;
      }
    }
    if (at < 0) {
      if (lines.stream().anyMatch(line -> line.startsWith(key + ":"))) {
        return Optional.empty();
      }
      String gap = text.isEmpty() ? "" : text.endsWith("\n") ? "\n" : "\n\n";
      return Optional.of(text + gap + key + ":\n" + items);
    }
    int end = at + 1;
    while (end < lines.size() && !KEY.matcher(lines.get(end)).matches()) {
      end++;
    }
    while (end > at + 1 && isAir(lines.get(end - 1))) {
      end--;
    }
    String indent = "  ";
    for (int i = at + 1; i < end; i++) {
      Matcher item = Pattern.compile("^( *)- .*").matcher(lines.get(i));
      if (item.matches()) {
        indent = item.group(1);
        break;
      }
    }
    String shifted = indented(items, indent);
    lines.addAll(end, shifted.lines().toList());
    return Optional.of(String.join("\n", lines) + "\n");
  }

  /// Blank lines and comments in the first column: they belong to what follows.
  private static boolean isAir(String line) {
    return line.isBlank() || line.startsWith("#");
  }

  private static String indented(String items, String indent) {
    var text = new StringBuilder();
    items
        .lines()
        .forEach(
            line -> text.append(line.isEmpty() ? "" : indent + line.substring(2)).append('\n'));
    return text.toString();
  }

  private static boolean saysWhatItShould(
      String file, String before, String after, String key, String items) {
    Map<String, Object> expected = plain(YamlFile.parse(file, before));
    var list = new ArrayList<Object>();
    if (expected.get(key) instanceof List<?> known) {
      list.addAll(known);
    }
    if (plain(YamlFile.parse("items", key + ":\n" + items)).get(key) instanceof List<?> added) {
      list.addAll(added);
    }
    expected.put(key, list);
    return YamlFile.parseAll(file, after).size() == 1
        && expected.equals(plain(YamlFile.parse(file, after)));
  }

  private static Map<String, Object> plain(YamlMap map) {
    var plain = new LinkedHashMap<String, Object>();
    for (String key : map.keys()) {
      map.get(key).ifPresent(value -> plain.put(key, plain(value)));
    }
    return plain;
  }

  private static Object plain(YamlValue value) {
    return value.isMap()
        ? plain(value.asMap())
        : value.isList()
            ? value.asList().stream().map(ListInsertion::plain).toList()
            : value.asString();
  }
}
