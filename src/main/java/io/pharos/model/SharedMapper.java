package io.pharos.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;

/// The program's JSON mapper in Jackson's default configuration.
///
/// It is thread-safe and must not be reconfigured; code that needs other settings builds its own.
public final class SharedMapper {
  /// Writes no indentation, ignores no unknown property of records, keeps the last of duplicate
  /// keys.
  public static final ObjectMapper JSON = JsonMapper.builder().build();

  private SharedMapper() {}

  /// Parses a text from outside; the missing node if it is not JSON.
  public static JsonNode read(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException _) { // the caller finds no fields
      return MissingNode.getInstance();
    }
  }
}
