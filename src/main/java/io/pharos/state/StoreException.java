package io.pharos.state;

import org.jspecify.annotations.Nullable;

/// The database did not do what it was asked.
public final class StoreException extends RuntimeException {
  StoreException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
