package io.pharos.server.api.refusal;

import jakarta.ws.rs.NotFoundException;

/// Says that an address names something that does not exist. A browser gets the reason on the page
/// of status 404.
public final class NothingFoundException extends NotFoundException {
  private static final long serialVersionUID = 1;

  private final String reason;

  /// @param reason which thing does not exist, as a sentence without its full stop
  public NothingFoundException(String reason) {
    super(reason);
    this.reason = reason;
  }

  /// Returns the reason as it was given.
  public String reason() {
    return reason;
  }
}
