package io.pharos.adopt.imports;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import java.util.ArrayList;
import java.util.List;

/// YAML of others as a tree: scalars as text, whatever YAML takes them for.
final class ForeignYaml {
  private ForeignYaml() {}

  /// A text as a tree.
  ///
  /// @param name what errors call the text
  /// @throws ConfigException when it is no YAML
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

  /// The text at a key; empty where there is none.
  static String text(JsonNode tree, String key) {
    JsonNode value = tree.path(key);
    return value.isNull() || value.isMissingNode() ? "" : value.asText();
  }

  /// Whether a key says true, as a word or as the 1 of a database.
  static boolean isTrue(JsonNode tree, String key) {
    String text = text(tree, key);
    return text.equals("true") || text.equals("1");
  }

  /// The texts of a list, or the one of a scalar.
  static List<String> texts(JsonNode tree, String key) {
    JsonNode value = tree.path(key);
    var texts = new ArrayList<String>();
    if (value.isArray()) {
      value.forEach(item -> texts.add(item.asText()));
    } else if (!text(tree, key).isEmpty()) {
      texts.add(text(tree, key));
    }
    return texts;
  }
}
