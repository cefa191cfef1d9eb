package io.pharos.access;

import java.net.InetAddress;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;

/// A host and a port, from a `Host` or `Origin` header or a URL.
///
/// @param host lower-case, without brackets
/// @param port from 1 to 65535
record Authority(String host, int port) {
  private static final int HTTP = 80;
  private static final int HTTPS = 443;

  /// Parses a `Host` header; empty if it is malformed.
  ///
  /// @param secure whether the default port is that of HTTPS
  static Optional<Authority> ofHost(String text, boolean secure) {
    return of((secure ? "https://" : "http://") + text.strip(), true);
  }

  /// Parses an `Origin` header or a URL; empty if it is not an HTTP URL, such as `null`.
  static Optional<Authority> ofUrl(String text) {
    return of(text.strip(), false);
  }

  private static Optional<Authority> of(String text, boolean bare) {
    URI uri;
    try {
      uri = URI.create(text);
    } catch (IllegalArgumentException _) { // malformed
      return Optional.empty();
    }
    String host = uri.getHost();
    String scheme = uri.getScheme();
    if (host == null
        || scheme == null
        || !(scheme.equals("http") || scheme.equals("https"))
        || uri.getRawUserInfo() != null
        || (bare && !(uri.getRawPath().isEmpty() && uri.getRawQuery() == null))) {
      return Optional.empty();
    }
    int port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? HTTPS : HTTP;
    return Optional.of(new Authority(plain(host), port));
  }

  /// Normalizes a host for comparisons: lower-case, without brackets.
  static String plain(String host) {
    String lower = host.toLowerCase(Locale.ROOT);
    return lower.startsWith("[") && lower.endsWith("]")
        ? lower.substring(1, lower.length() - 1)
        : lower;
  }

  /// Whether the host is `localhost` or a loopback address. Names are not resolved, because the
  /// owner of a name controls its address.
  boolean isLoopback() {
    if (host.equals("localhost")) {
      return true;
    }
    try {
      return InetAddress.ofLiteral(host).isLoopbackAddress();
    } catch (IllegalArgumentException _) { // a name
      return false;
    }
  }
}
