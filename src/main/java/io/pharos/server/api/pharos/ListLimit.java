package io.pharos.server.api.pharos;

import io.pharos.gate.deployment.InvalidFieldException;
import org.jspecify.annotations.Nullable;

/// The `limit` parameter of lists of releases: by default 50, at most 500.
final class ListLimit {
  private static final int MAX = 500;
  private static final int DEFAULT = 50;

  private ListLimit() {}

  /// Parses the parameter.
  ///
  /// @throws InvalidFieldException if it is not a number from 1 to 500
  static int of(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return DEFAULT;
    }
    try {
      int limit = Integer.parseInt(text);
      if (limit >= 1 && limit <= MAX) {
        return limit;
      }
    } catch (NumberFormatException _) { // reported below
    }
    throw new InvalidFieldException("limit", text, "a whole number from 1 to " + MAX);
  }
}
