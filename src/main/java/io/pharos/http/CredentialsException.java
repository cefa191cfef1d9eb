package io.pharos.http;

import java.io.IOException;

/// A request was not sent because its credentials are unavailable: an unreadable file, or a token
/// server that returned no token. It says nothing about the server of the request.
public final class CredentialsException extends IOException {
  private static final long serialVersionUID = 1L;
  private final boolean isFinal;

  CredentialsException(String message, boolean isFinal, Throwable cause) {
    super(message, cause);
    this.isFinal = isFinal;
  }

  CredentialsException(String message, boolean isFinal) {
    super(message);
    this.isFinal = isFinal;
  }

  /// Returns whether a retry is pointless until the token server's configuration changes.
  public boolean isFinal() {
    return isFinal;
  }
}
