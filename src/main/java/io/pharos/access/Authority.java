package io.pharos.access;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;

/// A host and a port, as the headers `Host` and `Origin` name them.
///
/// @param host lower-case, without brackets
/// @param port from 1 to 65535
record Authority(String host, int port) {
  private static final int HTTP = 80;
  private static final int HTTPS = 443;

  Authority {
    requireNonNull(host, "host is null");
  }

  /// What a header `Host` names; empty where it is none. Without a port it is that of HTTP, or of
  /// HTTPS where `secure`.
  static Optional<Authority> ofHost(String text, boolean secure) {
    return of((secure ? "https://" : "http://") + text.strip(), true);
  }

  /// What a header `Origin` or a URL names; empty where it is no web address, as in `null`.
  static Optional<Authority> ofUrl(String text) {
    return of(text.strip(), false);
  }

  private static Optional<Authority> of(String text, boolean bare) {
    URI uri;
    try {
      uri = URI.create(text);
    } catch (IllegalArgumentException _) { // whatever it is, it names no host
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

  /// A host as it is compared.
  static String plain(String host) {
    String lower = host.toLowerCase(Locale.ROOT);
    return lower.startsWith("[") && lower.endsWith("]")
        ? lower.substring(1, lower.length() - 1)
        : lower;
  }

  /// Whether the host is this one by its very name: `localhost`, or an address of the loopback. No
  /// name is resolved, since whoever owns a name decides where it leads.
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
