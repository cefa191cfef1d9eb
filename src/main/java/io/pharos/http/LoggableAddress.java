package io.pharos.http;

import java.net.URI;

/// Shortens a URL to the parts that are safe to log.
public final class LoggableAddress {
  private LoggableAddress() {}

  /// Returns scheme, host and port. User, path and query are omitted, because they may contain
  /// tokens.
  ///
  /// @throws IllegalArgumentException if `url` is not an `http` or `https` URL with a host; the
  ///   message does not contain the URL
  public static String of(URI url) {
    return of(url, "http");
  }

  /// As [#of], for a `ws` or `wss` URL.
  static String ofWebSocket(URI url) {
    return of(url, "ws");
  }

  /* Accepts a scheme and its variant with TLS. */
  private static String of(URI url, String plain) {
    String host = url.getHost();
    String scheme = url.getScheme();
    if (host == null || scheme == null || !(scheme.equals(plain) || scheme.equals(plain + "s"))) {
      throw new IllegalArgumentException("no host");
    }
    return scheme + "://" + host + (url.getPort() < 0 ? "" : ":" + url.getPort()) + "/…";
  }
}
