package io.pharos.probe.protocol;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.model.Quoted;
import io.pharos.model.SharedMapper;
import io.pharos.probe.expression.Expression;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The facts that an attempt found out about its target, by the names of variables in expressions.
final class ProbeFacts implements Expression.Facts {
  private static final int MAX_SHOWN_CHARACTERS = 80;
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(
              DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS,
              DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final Map<String, JsonNode> values = new HashMap<>();
  private @Nullable String body;

  /// Sets a variable to a JSON node. A string, number or boolean is converted to a node.
  ProbeFacts put(String name, Object value) {
    values.put(name, value instanceof JsonNode node ? node : SharedMapper.JSON.valueToTree(value));
    return this;
  }

  /// Sets `text` to a text, and `body` to the JSON that it contains.
  ProbeFacts body(String text) {
    body = text;
    return put("text", text);
  }

  static ObjectNode record() {
    return JsonNodeFactory.instance.objectNode();
  }

  @Override
  public Expression.Answer of(String variable) {
    JsonNode value = values.get(variable);
    if (value != null) {
      return new Expression.Answer.Value(value);
    }
    if (variable.equals("body") && body != null) {
      Optional<JsonNode> document = document(body);
      if (document.isEmpty()) {
        return new Expression.Answer.None("found body " + shown(body) + ", expected JSON");
      }
      put("body", document.get());
      return new Expression.Answer.Value(document.get());
    }
    return new Expression.Answer.None(
        variable.equals("certificate")
            ? "the connection does not use TLS"
            : "there is no " + variable);
  }

  /// Parses JSON; empty if the text is invalid.
  static Optional<JsonNode> document(String text) {
    try {
      return Optional.of(JSON.readTree(text)).filter(document -> !document.isMissingNode());
    } catch (JsonProcessingException _) {
      return Optional.empty();
    }
  }

  /// Truncates and quotes a text.
  static String shown(String text) {
    return Quoted.of(cut(text));
  }

  /// Truncates a text.
  static String cut(String text) {
    return Quoted.cut(text, MAX_SHOWN_CHARACTERS);
  }
}
