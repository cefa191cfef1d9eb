package io.pharos.http;

import java.net.URI;

/// What may be shown of an address.
public final class LoggableAddress {
  private LoggableAddress() {}

  /// Scheme, host and port, without user, path and query: tokens stand there.
  ///
  /// @throws IllegalArgumentException when it is no `http` or `https` address; the message does not
  ///   show it
  public static String of(URI url) {
    String host = url.getHost();
    String scheme = url.getScheme();
    if (host == null || scheme == null || !scheme.matches("https?")) {
      throw new IllegalArgumentException("no host");
    }
    return scheme + "://" + host + (url.getPort() < 0 ? "" : ":" + url.getPort()) + "/…";
  }
}
