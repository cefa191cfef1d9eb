package io.pharos.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;

/// The program's JSON mapper in Jackson's default configuration.
///
/// It is thread-safe and must not be reconfigured; code that needs other settings creates its own.
public final class SharedMapper {
  /// The mapper. It writes JSON without indentation, refuses unknown properties of records, and
  /// uses the last value of a duplicate key.
  public static final ObjectMapper JSON = JsonMapper.builder().build();

  private SharedMapper() {}

  /// Parses a text from outside; returns the missing node if it is not JSON.
  public static JsonNode read(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException _) { // the caller finds no fields in the missing node
      return MissingNode.getInstance();
    }
  }
}
