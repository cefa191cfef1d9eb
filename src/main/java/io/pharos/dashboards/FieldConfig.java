package io.pharos.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.pharos.model.Re2;

/// The field options of a panel: defaults, and overrides for matching fields.
record FieldConfig(ObjectNode defaults, JsonNode overrides) {
  /// Returns the options of a panel; empty if it has none.
  static FieldConfig of(JsonNode panel) {
    JsonNode config = panel.path("fieldConfig");
    ObjectNode defaults =
        config.path("defaults") instanceof ObjectNode node
            ? node
            : JsonNodeFactory.instance.objectNode();
    return new FieldConfig(defaults, config.path("overrides"));
  }

  /// Returns the options of a field, with the overrides that match it.
  FieldStyle style(String name, String refId, boolean isNumber) {
    ObjectNode merged = defaults.deepCopy();
    for (JsonNode override : overrides) {
      JsonNode matcher = override.path("matcher");
      if (matches(matcher.path("id").asText(), matcher.path("options"), name, refId, isNumber)) {
        override.path("properties").forEach(property -> set(merged, property));
      }
    }
    return new FieldStyle(merged);
  }

  /// Returns the options for all fields, without overrides.
  FieldStyle style() {
    return new FieldStyle(defaults);
  }

  private static boolean matches(
      String id, JsonNode options, String name, String refId, boolean isNumber) {
    return switch (id) {
      case "byName" -> options.asText().equals(name);
      case "byRegexp" -> pattern(options.asText()).matcher(name).find();
      case "byFrameRefID" -> options.asText().equals(refId);
      case "byType" -> options.asText().equals(isNumber ? "number" : "string");
      case "byNames" ->
          options.path("names").valueStream().anyMatch(listed -> listed.asText().equals(name));
      default -> throw new UndrawnException("The override's matcher " + id + " is not supported.");
    };
  }

  /// Compiles a regular expression: `/…/` matches a part of the name, any other text the whole
  /// name.
  static Pattern pattern(String text) {
    try {
      boolean isQuoted = text.length() > 1 && text.startsWith("/") && text.endsWith("/");
      return Re2.compile(isQuoted ? text.substring(1, text.length() - 1) : "^(?:" + text + ")$", 0);
    } catch (PatternSyntaxException e) {
      throw new UndrawnException("Invalid regular expression " + text + ": " + e.getMessage());
    }
  }

  private static void set(ObjectNode into, JsonNode property) {
    String[] path = property.path("id").asText().split("\\.");
    ObjectNode parent = into;
    for (int i = 0; i < path.length - 1; i++) {
      parent = parent.withObjectProperty(path[i]);
    }
    parent.set(path[path.length - 1], property.path("value"));
  }
}
