package io.pharos.adopt.init;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;

import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The parts of a YAML file as they are written. A part is an item of a list or a key with the
/// comments above it; the line of its first key, from 1, names it.
///
/// @param items the items of one list of mappings
record YamlParts(List<String> lines, List<YamlMap> items) {
  /// @param key the key of the list; empty if the whole file is a list
  static YamlParts of(String text, String key) {
    YamlValue all = YamlFile.parseValue("file", text).orElseThrow();
    List<YamlValue> items = key.isEmpty() ? all.asList() : all.asMap().items(key);
    return new YamlParts(text.lines().toList(), items.stream().map(YamlValue::asMap).toList());
  }

  /// Returns the rules of rule groups, which are the items.
  Stream<YamlMap> rules() {
    return items.stream().flatMap(it -> it.items("rules").stream()).map(YamlValue::asMap);
  }

  /// Returns the text of an item.
  String part(YamlMap item) {
    return text(range(item.line()));
  }

  /// Returns the text without some parts.
  String without(Stream<Integer> parts) {
    Set<Integer> cut = parts.flatMap(line -> range(line).boxed()).collect(toSet());
    return text(IntStream.range(0, lines.size()).filter(i -> !cut.contains(i)));
  }

  private String text(IntStream indexes) {
    return indexes.mapToObj(lines::get).collect(joining("\n")).stripTrailing() + "\n";
  }

  /* Blank lines below an item belong to it. */
  private IntStream range(int line) {
    String indent = lines.get(line - 1).replaceFirst("\\S.*", "");
    int start = line - 1;
    while (start > 0 && lines.get(start - 1).startsWith(indent + "#")) {
      start--;
    }
    int end = line;
    while (end < lines.size() && lines.get(end).matches(indent + " .*|\\s*")) {
      end++;
    }
    while (!lines.get(line - 1).startsWith(indent + "- ") && lines.get(end - 1).isBlank()) {
      end--;
    }
    return IntStream.range(start, end);
  }
}
