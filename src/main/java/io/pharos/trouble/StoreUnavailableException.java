package io.pharos.trouble;

import org.jspecify.annotations.Nullable;

/// Thrown if the store can't be read or written now. So the result is unknown: it must not be
/// treated as absent or empty. A retry may succeed.
public final class StoreUnavailableException extends RuntimeException {
  /// @param message what could not be read or written, for people
  public StoreUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
