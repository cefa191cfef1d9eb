package io.pharos.store;

/// The database did not do what it was asked.
public final class StoreException extends RuntimeException {
  StoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
