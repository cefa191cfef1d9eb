package io.pharos.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;

/// The program's JSON mapper in Jackson's default configuration.
///
/// It is thread-safe and must not be reconfigured; code that needs other settings builds its own.
public final class SharedMapper {
  /// Writes no indentation, ignores no unknown property of records, keeps the last of duplicate
  /// keys.
  public static final ObjectMapper JSON = JsonMapper.builder().build();

  private SharedMapper() {}
}
