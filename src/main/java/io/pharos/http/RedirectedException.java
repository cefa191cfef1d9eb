package io.pharos.http;

import java.io.IOException;
import java.net.URI;

/// The target of a redirect failed.
public final class RedirectedException extends IOException {
  private static final long serialVersionUID = 1L;
  private final URI url;

  RedirectedException(URI url, IOException cause) {
    super(cause.getMessage(), cause);
    this.url = url;
  }

  /// Returns the target of the redirect.
  public URI url() {
    return url;
  }
}
