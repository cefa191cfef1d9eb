package io.pharos.alerting.channel;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.Optional;
import java.util.OptionalLong;

/// The JSON that a receiver answered with, or nothing where it answered with something else. Names
/// are paths: `parameters/retry_after`.
public final class JsonAnswer {
  private final JsonNode root;

  private JsonAnswer(JsonNode root) {
    this.root = root;
  }

  public static JsonAnswer of(String body) {
    try {
      JsonNode root = JSON.readTree(body);
      return new JsonAnswer(root == null ? MissingNode.getInstance() : root);
    } catch (JsonProcessingException _) {
      // What is no JSON has no fields; the caller says what it expected.
      return new JsonAnswer(MissingNode.getInstance());
    }
  }

  /// A whole number; a fraction is rounded up.
  public OptionalLong number(String path) {
    JsonNode node = at(path);
    return node.isNumber()
        ? OptionalLong.of((long) Math.ceil(node.asDouble()))
        : OptionalLong.empty();
  }

  /// A string that is not empty.
  public Optional<String> text(String path) {
    JsonNode node = at(path);
    return node.isTextual() && !node.asText().isEmpty()
        ? Optional.of(node.asText())
        : Optional.empty();
  }

  public Optional<Boolean> flag(String path) {
    JsonNode node = at(path);
    return node.isBoolean() ? Optional.of(node.asBoolean()) : Optional.empty();
  }

  private JsonNode at(String path) {
    return root.at("/" + path);
  }
}
