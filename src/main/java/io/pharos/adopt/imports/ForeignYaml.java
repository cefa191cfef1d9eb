package io.pharos.adopt.imports;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import java.util.List;
import java.util.stream.Stream;

/// Parses the YAML files of other programs into trees of JSON nodes. All scalars become texts.
final class ForeignYaml {
  private ForeignYaml() {}

  /// Parses a text.
  ///
  /// @throws ConfigException when the text is not YAML
  static ObjectNode parse(String name, String text) {
    return tree(YamlFile.parse(name, text));
  }

  private static ObjectNode tree(YamlMap map) {
    ObjectNode tree = record();
    for (String key : map.keys()) {
      map.get(key).ifPresent(value -> tree.set(key, tree(value)));
    }
    return tree;
  }

  private static JsonNode tree(YamlValue value) {
    if (value.isMap()) {
      return tree(value.asMap());
    }
    if (value.isList()) {
      ArrayNode list = JsonNodeFactory.instance.arrayNode();
      value.asList().forEach(item -> list.add(tree(item)));
      return list;
    }
    return TextNode.valueOf(value.asString());
  }

  static ObjectNode record() {
    return JsonNodeFactory.instance.objectNode();
  }

  /// Returns the text of a key; empty if it is missing or null.
  static String text(JsonNode tree, String key) {
    JsonNode value = tree.path(key);
    return value.isNull() || value.isMissingNode() ? "" : value.asText();
  }

  /// Whether the value of a key is `true`, or 1 as databases store it.
  static boolean isTrue(JsonNode tree, String key) {
    String text = text(tree, key);
    return text.equals("true") || text.equals("1");
  }

  /// Returns the texts of a list. A scalar is treated as a list with one text.
  static List<String> texts(JsonNode tree, String key) {
    JsonNode value = tree.path(key);
    return value.isArray()
        ? value.valueStream().map(JsonNode::asText).toList()
        : Stream.of(text(tree, key)).filter(text -> !text.isEmpty()).toList();
  }

  /// Puts a text into a mapping unless it is empty.
  static void put(ObjectNode tree, String key, String text) {
    if (!text.isEmpty()) {
      tree.put(key, text);
    }
  }
}
