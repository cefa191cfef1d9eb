package io.pharos.trouble;

import org.jspecify.annotations.Nullable;

/// The store can't be read or written now: the answer is unknown, neither "absent" nor "empty", and
/// asking again may help.
public final class StoreUnavailableException extends RuntimeException {
  public StoreUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
