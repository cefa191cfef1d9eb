package io.pharos.trouble;

import org.jspecify.annotations.Nullable;

/// The store cannot be read or written now. So the result is unknown, which is neither "absent" nor
/// "empty". A retry may succeed.
public final class StoreUnavailableException extends RuntimeException {
  /// @param message what could not be read or written, for people
  public StoreUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
