package io.pharos.adopt.init;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Adds items to a top-level list of a YAML file, or replaces an item. Edits the file's text, so
/// that all other comments and spaces stay the same. Then parses the new text, and rejects the edit
/// if the content differs from the old content by more than this change.
final class ListInsertion {
  /* Matches a line that begins with a top-level key. Does not match comments and list items in the
   * first column. */
  private static final Pattern KEY = Pattern.compile("^[^\\s#-].*");

  private ListInsertion() {}

  /// Returns the text of the file with added items; empty if the text can't be edited safely.
  ///
  /// @param items a list indented by two spaces, with its comments
  static Optional<String> into(String file, String text, String key, String items) {
    Optional<String> changed = insert(text, key, items);
    try {
      return changed.filter(
          after ->
              hasExpectedContent(file, text, after, key, list -> list.addAll(list(key, items))));
    } catch (ConfigException _) { // the new text is not YAML, so the edit is not safe
      return Optional.empty();
    }
  }

  /// Returns the text of the file, in which the item with the given name is replaced; empty if the
  /// text can't be edited safely.
  ///
  /// @param nameKey the key that contains the name of an item
  /// @param item the new item, indented by two spaces, with its comments
  static Optional<String> replacing(
      String file, String text, String key, String nameKey, String name, String item) {
    try {
      return replace(text, key, nameKey, name, item)
          .filter(
              after ->
                  hasExpectedContent(
                      file,
                      text,
                      after,
                      key,
                      list -> {
                        list.replaceAll(
                            existing ->
                                existing instanceof Map<?, ?> map && name.equals(map.get(nameKey))
                                    ? list(key, item).getFirst()
                                    : existing);
                      }));
    } catch (ConfigException _) { // the new text is not YAML, so the edit is not safe
      return Optional.empty();
    }
  }

  /// Returns the text without an item if it differs from the text before only by that.
  static Optional<String> without(
      String file, String text, String after, String key, String nameKey, String name) {
    try {
      return Optional.of(after)
          .filter(
              changed ->
                  hasExpectedContent(
                      file,
                      text,
                      changed,
                      key,
                      list ->
                          list.removeIf(
                              existing ->
                                  existing instanceof Map<?, ?> map
                                      && name.equals(map.get(nameKey)))));
    } catch (ConfigException _) { // the new text is not YAML, so the edit is not safe
      return Optional.empty();
    }
  }

  private static Optional<String> replace(
      String text, String key, String nameKey, String name, String item) {
    if (text.indexOf('\r') >= 0) {
      return Optional.empty();
    }
    List<String> lines = new ArrayList<>(text.lines().toList());
    int keyLine = line(lines, 0, Pattern.quote(key) + ":\\s*(#.*)?");
    int nameLine =
        line(
            lines,
            keyLine + 1,
            "[ -]*" + nameKey + ":\\s+[\"']?" + Pattern.quote(name) + "[\"']?\\s*(#.*)?");
    if (keyLine < 0 || nameLine < 0) {
      return Optional.empty();
    }
    int begin = nameLine;
    while (begin > keyLine && !lines.get(begin).matches(" *- .*")) {
      begin--;
    }
    if (begin == keyLine) {
      return Optional.empty();
    }
    String indent = " ".repeat(lines.get(begin).indexOf('-'));
    int end = begin + 1;
    while (end < lines.size() && lines.get(end).matches(indent + " .*|\\s*")) {
      end++;
    }
    while (lines.get(end - 1).isBlank()) {
      end--;
    }
    List<String> newLines = indented(item, indent).lines().toList();
    for (int i = line(newLines, 0, " *- .*");
        i > 0 && lines.get(begin - 1).equals(newLines.get(i - 1));
        i--) {
      begin--;
    }
    lines.subList(begin, end).clear();
    lines.addAll(begin, newLines);
    return Optional.of(String.join("\n", lines) + "\n");
  }

  /// Returns the index of the first line at or after `from` that matches; -1 if there is none.
  private static int line(List<String> lines, int from, String pattern) {
    for (int i = from; i < lines.size(); i++) {
      if (lines.get(i).matches(pattern)) {
        return i;
      }
    }
    return -1;
  }

  private static Optional<String> insert(String text, String key, String items) {
    if (text.indexOf('\r') >= 0) {
      return Optional.empty();
    }
    List<String> lines = new ArrayList<>(text.lines().toList());
    int keyLine = line(lines, 0, Pattern.quote(key) + ":\\s*(#.*)?");
    if (keyLine < 0) {
      if (lines.stream().anyMatch(line -> line.startsWith(key + ":"))) {
        return Optional.empty();
      }
      String separator = text.isEmpty() ? "" : text.endsWith("\n") ? "\n" : "\n\n";
      return Optional.of(text + separator + key + ":\n" + items);
    }
    int end = keyLine + 1;
    while (end < lines.size() && !KEY.matcher(lines.get(end)).matches()) {
      end++;
    }
    while (end > keyLine + 1 && belongsToNextKey(lines.get(end - 1))) {
      end--;
    }
    String indent = "  ";
    for (int i = keyLine + 1; i < end; i++) {
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

  /// Returns whether a line is blank or a comment in the first column. At the end of a list, such
  /// lines belong to the next key.
  private static boolean belongsToNextKey(String line) {
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

  private static List<Object> list(String key, String items) {
    return plain(YamlFile.parse("items", key + ":\n" + items)).get(key) instanceof List<?> list
        ? List.copyOf(list)
        : List.of();
  }

  private static boolean hasExpectedContent(
      String file, String before, String after, String key, Consumer<List<Object>> change) {
    Map<String, Object> expected = plain(YamlFile.parse(file, before));
    var list = new ArrayList<Object>();
    if (expected.get(key) instanceof List<?> existing) {
      list.addAll(existing);
    }
    change.accept(list);
    expected.put(key, list);
    Map<String, Object> found = plain(YamlFile.parse(file, after));
    if (list.isEmpty()) {
      found.putIfAbsent(key, list); // a key without a value is an empty list
    }
    return YamlFile.parseAll(file, after).size() == 1 && expected.equals(found);
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
