package io.pharos.server.api.pharos;

import io.pharos.gate.deployment.InvalidFieldException;
import org.jspecify.annotations.Nullable;

/// Parses query parameters whose values are whole numbers.
final class QueryNumber {
  /// The description of the parameter `limit`, for lists of gates, deployments, rollouts and
  /// callbacks.
  static final String LIMIT = "Maximum number, 1 to 500; default 50.";

  private QueryNumber() {}

  /// Parses the parameter `limit` of a list; 50 if it is absent or empty.
  static int limit(@Nullable String text) {
    return text == null || text.isEmpty()
        ? 50
        : (int) of("limit", text, 1, 500, "a whole number from 1 to 500");
  }

  /// Parses a parameter.
  ///
  /// @throws InvalidFieldException if the text is not a whole number from `min` to `max`
  static long of(String field, String text, long min, long max, String expected) {
    try {
      long number = Long.parseLong(text);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException _) { // reported below
    }
    throw new InvalidFieldException(field, text, expected);
  }
}
