package io.pharos.trouble;

import org.jspecify.annotations.Nullable;

/// The store cannot be read or written now. The result is unknown, neither "absent" nor "empty",
/// and a retry may succeed.
public final class StoreUnavailableException extends RuntimeException {
  /// @param message what could not be read or written, for people
  public StoreUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
