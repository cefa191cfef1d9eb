package io.pharos.http;

import java.io.IOException;
import java.net.URI;

/// A server failed that a redirect led to.
public final class RedirectedException extends IOException {
  private static final long serialVersionUID = 1L;
  private final URI url;

  RedirectedException(URI url, IOException cause) {
    super(cause.getMessage(), cause);
    this.url = url;
  }

  /// Where the redirect led.
  public URI url() {
    return url;
  }
}
