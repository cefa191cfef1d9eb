package io.pharos.release.deploy;

/// The store of deployments or gates can't be read or written now: the answer is unknown, neither
/// "absent" nor "empty".
public final class StoreUnavailableException extends RuntimeException {
  public StoreUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
