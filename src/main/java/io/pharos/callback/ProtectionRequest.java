package io.pharos.callback;

import static io.pharos.model.SharedMapper.JSON;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/// What GitHub asks by a deployment protection rule.
///
/// @param path where the answer goes, below the address of GitHub's API
/// @param environment GitHub's environment
/// @param sha the commit that waits, 40 hex digits or more
record ProtectionRequest(String path, String environment, String sha, Instant receivedAt) {
  ProtectionRequest {
    requireNonNull(path, "path is null");
    requireNonNull(environment, "environment is null");
    requireNonNull(sha, "sha is null");
    requireNonNull(receivedAt, "receivedAt is null");
  }

  String toJson() {
    ObjectNode node = JSON.createObjectNode();
    node.put("path", path);
    node.put("environment", environment);
    node.put("sha", sha);
    node.put("received_at", receivedAt.toString());
    return node.toString();
  }

  /// The request that a text holds.
  ///
  /// @throws IllegalStateException when it is none that [#toJson] wrote
  static ProtectionRequest fromJson(String json) {
    try {
      JsonNode node = JSON.readTree(json);
      return new ProtectionRequest(
          node.path("path").asText(),
          node.path("environment").asText(),
          node.path("sha").asText(),
          Instant.parse(node.path("received_at").asText()));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a stored protection rule is no JSON", e);
    }
  }
}
