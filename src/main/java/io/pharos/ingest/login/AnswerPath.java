package io.pharos.ingest.login;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/// Where something stands in a JSON answer: keys with dots between them, as in `data.access_token`.
record AnswerPath(List<String> keys) {
  private static final int MOST = 10;

  AnswerPath {
    keys = List.copyOf(keys);
  }

  /// @throws IllegalArgumentException when the text is none
  static AnswerPath parse(String text) {
    List<String> keys = List.of(text.split("\\.", -1));
    if (keys.size() > MOST || keys.stream().anyMatch(String::isBlank)) {
      throw new IllegalArgumentException("it has empty keys, or more than " + MOST);
    }
    return new AnswerPath(keys);
  }

  /// What stands there as text; empty for nothing, and for what is no text, number or boolean.
  String text(JsonNode root) {
    JsonNode node = root;
    for (String key : keys) {
      node = node.path(key);
    }
    return node.isValueNode() && !node.isNull() ? node.asText() : "";
  }

  @Override
  public String toString() {
    return String.join(".", keys);
  }
}
