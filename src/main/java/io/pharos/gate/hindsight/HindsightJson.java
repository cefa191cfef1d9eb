package io.pharos.gate.hindsight;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Optional;

/// Reads the JSON of evidence and anchors.
final class HindsightJson {
  private HindsightJson() {}

  /// @throws IllegalArgumentException when the text is no JSON object
  static JsonNode object(String text) {
    try {
      JsonNode node = JSON.readTree(text);
      if (node != null && node.isObject()) {
        return node;
      }
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("invalid JSON: " + e.getOriginalMessage(), e);
    }
    throw new IllegalArgumentException("expected a JSON object, found other JSON");
  }

  /// Parses a text; returns the missing node if the text is not JSON.
  static JsonNode lenient(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException _) { // the text was changed; its chain shows that
      return JSON.missingNode();
    }
  }

  /// @throws IllegalArgumentException when the field is not a text
  static String text(JsonNode node, String field) {
    JsonNode value = node.path(field);
    if (!value.isTextual()) {
      throw new IllegalArgumentException("'" + field + "': expected a text, found " + value);
    }
    return value.asText();
  }

  /// @throws IllegalArgumentException when the field is not a whole number
  static int integer(JsonNode node, String field) {
    JsonNode value = node.path(field);
    if (!value.isInt()) {
      throw new IllegalArgumentException(
          "'" + field + "': expected a whole number, found " + value);
    }
    return value.asInt();
  }

  /// @throws IllegalArgumentException when the field is not a time
  static Instant instant(JsonNode node, String field) {
    try {
      return Instant.parse(text(node, field));
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "'" + field + "': expected a time, found " + node.path(field), e);
    }
  }

  /// Describes the first difference of two values; empty if they are equal.
  ///
  /// @param path JSON pointer to the values
  /// @param again the value from judging again
  static Optional<String> difference(String path, JsonNode stored, JsonNode again) {
    if (stored.equals(again)) {
      return Optional.empty();
    }
    if (stored.isObject() && again.isObject()) {
      var names = new LinkedHashSet<String>();
      stored.fieldNames().forEachRemaining(names::add);
      again.fieldNames().forEachRemaining(names::add);
      for (String name : names) {
        var found = difference(path + "/" + name, stored.path(name), again.path(name));
        if (found.isPresent()) {
          return found;
        }
      }
    }
    if (stored.isArray() && again.isArray()) {
      for (int i = 0; i < Math.max(stored.size(), again.size()); i++) {
        var found = difference(path + "/" + i, stored.path(i), again.path(i));
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.of(
        "%s: stored %s, judged again %s".formatted(path, shown(stored), shown(again)));
  }

  private static String shown(JsonNode node) {
    return node.isMissingNode() ? "nothing" : node.toString();
  }
}
