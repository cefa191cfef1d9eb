package io.pharos.alerting.channel;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.model.SharedMapper;
import java.util.Optional;
import java.util.OptionalLong;

/// A receiver's answer as JSON. An answer that is not JSON has no fields. Fields are named by
/// paths: `parameters/retry_after`.
public final class JsonAnswer {
  private final JsonNode root;

  private JsonAnswer(JsonNode root) {
    this.root = root;
  }

  /// Parses an answer.
  public static JsonAnswer of(String body) {
    return new JsonAnswer(SharedMapper.read(body));
  }

  /// Returns a number, rounded up; empty if the field is not a number.
  public OptionalLong number(String path) {
    JsonNode node = at(path);
    return node.isNumber()
        ? OptionalLong.of((long) Math.ceil(node.asDouble()))
        : OptionalLong.empty();
  }

  /// Returns a text; empty if the field is not a text, or if its text is empty.
  public Optional<String> text(String path) {
    JsonNode node = at(path);
    return node.isTextual() && !node.asText().isEmpty()
        ? Optional.of(node.asText())
        : Optional.empty();
  }

  /// Returns a boolean; empty if the field is not a boolean.
  public Optional<Boolean> flag(String path) {
    JsonNode node = at(path);
    return node.isBoolean() ? Optional.of(node.asBoolean()) : Optional.empty();
  }

  private JsonNode at(String path) {
    return root.at("/" + path);
  }
}
