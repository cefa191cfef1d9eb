package io.pharos.http;

import java.io.IOException;

/// A request was not made, since what it authenticates itself by is not to be had: a file that
/// can't be read, or a token's server that gives none. Of the server to be asked nothing is known.
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

  /// Whether asking again is of no use before somebody changes something at the token's server.
  public boolean isFinal() {
    return isFinal;
  }
}
