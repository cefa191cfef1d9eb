package io.pharos.server.api.pharos;

import io.pharos.gate.deployment.InvalidFieldException;
import org.jspecify.annotations.Nullable;

/// Parses query parameters that are whole numbers.
final class QueryNumber {
  /// Describes the parameter `limit` of lists of releases.
  static final String LIMIT = "Maximum number, 1 to 500; default 50.";

  private QueryNumber() {}

  /// Parses the parameter `limit` of lists of releases.
  static int limit(@Nullable String text) {
    return text == null || text.isEmpty()
        ? 50
        : (int) of("limit", text, 1, 500, "a whole number from 1 to 500");
  }

  /// Parses a parameter.
  ///
  /// @throws InvalidFieldException if it is not a number from `least` to `most`
  static long of(String field, String text, long least, long most, String expected) {
    try {
      long number = Long.parseLong(text);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException _) { // reported below
    }
    throw new InvalidFieldException(field, text, expected);
  }
}
