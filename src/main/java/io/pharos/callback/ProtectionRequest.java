package io.pharos.callback;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/// GitHub's request of a deployment protection rule.
///
/// @param path path of the answer below the address of GitHub's API
/// @param environment GitHub's environment
/// @param sha the commit to deploy, 40 hex digits or more
record ProtectionRequest(String path, String environment, String sha, Instant receivedAt) {
  String toJson() {
    ObjectNode node = JSON.createObjectNode();
    node.put("path", path);
    node.put("environment", environment);
    node.put("sha", sha);
    node.put("received_at", receivedAt.toString());
    return node.toString();
  }

  /// Parses a request.
  ///
  /// @throws IllegalStateException when [#toJson] did not write the text
  static ProtectionRequest fromJson(String json) {
    try {
      JsonNode node = JSON.readTree(json);
      return new ProtectionRequest(
          node.path("path").asText(),
          node.path("environment").asText(),
          node.path("sha").asText(),
          Instant.parse(node.path("received_at").asText()));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a stored protection rule is not JSON", e);
    }
  }
}
