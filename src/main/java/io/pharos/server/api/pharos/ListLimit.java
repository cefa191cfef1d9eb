package io.pharos.server.api.pharos;

import io.pharos.gate.deployment.InvalidFieldException;
import org.jspecify.annotations.Nullable;

/// How many items a list of releases has: 50, or as many as are asked for, 500 at most.
final class ListLimit {
  private static final int MOST = 500;
  private static final int USUAL = 50;

  private ListLimit() {}

  /// The limit that a parameter says.
  ///
  /// @throws InvalidFieldException when it is none
  static int of(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return USUAL;
    }
    try {
      int limit = Integer.parseInt(text);
      if (limit >= 1 && limit <= MOST) {
        return limit;
      }
    } catch (NumberFormatException _) { // refused below like one that is out of bounds
    }
    throw new InvalidFieldException("limit", text, "a whole number from 1 to " + MOST);
  }
}
