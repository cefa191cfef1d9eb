package io.pharos.server.api;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.gate.deployment.InvalidFieldException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A request's JSON object, whose fields the caller reads one by one. At the end [#finish] rejects
/// the fields that were not read. Every rejection is an [InvalidFieldException].
public final class JsonBody {
  private static final int MAX_CHARS = 64 * 1024;
  private static final ObjectMapper MAPPER =
      new ObjectMapper()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final JsonNode object;
  private final TreeSet<String> readFields = new TreeSet<>();

  private JsonBody(JsonNode object) {
    this.object = object;
  }

  /// Parses a body of at most 65,536 characters.
  public static JsonBody parse(@Nullable String text) {
    if (text == null || text.isBlank()) {
      throw new InvalidFieldException("body", "", "a JSON object");
    }
    if (text.length() > MAX_CHARS) {
      throw new InvalidFieldException(
          "body", text.length() + " characters", "at most " + MAX_CHARS + " characters");
    }
    try {
      JsonNode node = MAPPER.readTree(text);
      if (!node.isObject()) {
        throw new InvalidFieldException("body", node.toString(), "a JSON object");
      }
      return new JsonBody(node);
    } catch (JsonProcessingException e) {
      var location = e.getLocation();
      String place =
          location == null
              ? ""
              : " at line " + location.getLineNr() + ", column " + location.getColumnNr();
      throw new InvalidFieldException(
          "body", text, "a JSON object; " + e.getOriginalMessage() + place);
    }
  }

  private @Nullable JsonNode get(String field) {
    readFields.add(field);
    JsonNode node = object.get(field);
    return node == null || node.isNull() ? null : node;
  }

  /// Reads a required string.
  public String required(String field) {
    if (get(field) == null) {
      throw new InvalidFieldException(field, "", "a string; the field is missing");
    }
    return string(field, "");
  }

  /// Reads a string.
  ///
  /// @param otherwise returned if the field is absent or null
  public String string(String field, String otherwise) {
    JsonNode node = get(field);
    if (node == null) {
      return otherwise;
    }
    if (!node.isTextual()) {
      throw new InvalidFieldException(field, node.toString(), "a string");
    }
    return node.textValue();
  }

  /// Reads a boolean.
  ///
  /// @param otherwise returned if the field is absent or null
  public boolean bool(String field, boolean otherwise) {
    JsonNode node = get(field);
    if (node == null) {
      return otherwise;
    }
    if (!node.isBoolean()) {
      throw new InvalidFieldException(field, node.toString(), "true or false");
    }
    return node.booleanValue();
  }

  /// Reads a time in RFC 3339; null if the field is absent.
  public @Nullable Instant time(String field) {
    if (get(field) == null) {
      return null;
    }
    String text = string(field, "");
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException _) { // reported below
      throw new InvalidFieldException(field, text, "a time such as 2026-01-31T12:00:00Z");
    }
  }

  /// Reads a list of objects; empty if the field is absent. The caller reads and finishes each
  /// object like a body.
  ///
  /// @param maxObjects maximum number of objects
  public List<JsonBody> objects(String field, int maxObjects) {
    JsonNode node = get(field);
    if (node == null) {
      return List.of();
    }
    if (!node.isArray() || node.size() > maxObjects) {
      throw new InvalidFieldException(
          field, node.toString(), "a list of at most " + maxObjects + " objects");
    }
    var objects = new ArrayList<JsonBody>();
    for (JsonNode item : node) {
      if (!item.isObject()) {
        throw new InvalidFieldException(field, item.toString(), "a list of objects");
      }
      objects.add(new JsonBody(item));
    }
    return objects;
  }

  /// Reads an object whose values are strings; empty if the field is absent.
  public Map<String, String> strings(String field) {
    JsonNode node = get(field);
    var strings = new LinkedHashMap<String, String>();
    if (node == null) {
      return strings;
    }
    if (!node.isObject()) {
      throw new InvalidFieldException(field, node.toString(), "an object of strings");
    }
    for (var entry : node.properties()) {
      if (!entry.getValue().isTextual()) {
        throw new InvalidFieldException(
            field + "." + entry.getKey(), entry.getValue().toString(), "a string");
      }
      strings.put(entry.getKey(), entry.getValue().textValue());
    }
    return strings;
  }

  /// Rejects the body if a field was not read. The error names the first such field.
  public void finish() {
    for (var entry : object.properties()) {
      if (!readFields.contains(entry.getKey())) {
        throw new InvalidFieldException(
            entry.getKey(),
            entry.getValue().toString(),
            "one of the fields " + String.join(", ", readFields));
      }
    }
  }
}
