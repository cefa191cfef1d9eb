package io.pharos.rollout;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.pharos.gate.deployment.InvalidFieldException;
import java.util.stream.Collectors;

/// Reads and writes the JSON that Pharos and its agents exchange.
final class WireJson {
  private static final int MAX_CHARS = 256 * 1024;

  /// Ignores unknown fields.
  static final ObjectMapper LENIENT =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  /// Refuses unknown fields.
  static final ObjectMapper STRICT =
      LENIENT.copy().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private WireJson() {}

  static <T> T read(String json, Class<T> type, ObjectMapper mapper) {
    if (json.length() > MAX_CHARS) {
      throw new InvalidFieldException(
          "body", json.length() + " characters", "at most " + MAX_CHARS + " characters");
    }
    try {
      T value = mapper.readValue(json, type);
      if (value == null) {
        throw new InvalidFieldException("body", "null", "a JSON object");
      }
      return value;
    } catch (JsonMappingException e) {
      if (e.getCause() instanceof InvalidFieldException refused) {
        throw refused;
      }
      String field =
          e.getPath().stream()
              .map(
                  element ->
                      element.getFieldName() == null
                          ? "[" + element.getIndex() + "]"
                          : element.getFieldName())
              .collect(Collectors.joining("."));
      throw new InvalidFieldException(
          field.isEmpty() ? "body" : field, json, "JSON; " + e.getOriginalMessage());
    } catch (JsonProcessingException e) {
      throw new InvalidFieldException("body", json, "a JSON object; " + e.getOriginalMessage());
    }
  }

  static String write(Object value) {
    try {
      return STRICT.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(
          "cannot write " + value.getClass().getSimpleName() + " as JSON", e);
    }
  }
}
