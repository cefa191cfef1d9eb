package io.pharos.http;

import io.pharos.model.Quoted;
import java.net.URI;
import java.util.Optional;

/// Rules for following HTTP redirects.
public final class Redirect {
  /// Maximum number of redirects, as in Go's client.
  public static final int MOST = 10;

  private Redirect() {}

  /// Returns the target of a redirect, or empty if the response is none.
  ///
  /// @throws IllegalArgumentException if the location is not an HTTP URL; the message contains it
  public static Optional<URI> next(URI requested, int status, Optional<String> location) {
    boolean redirects =
        switch (status) {
          case 301, 302, 303, 307, 308 -> true;
          default -> false;
        };
    if (!redirects || location.isEmpty()) {
      return Optional.empty();
    }
    try {
      URI next = requested.resolve(location.get());
      String scheme = String.valueOf(next.getScheme());
      if (next.getHost() != null && (scheme.equals("http") || scheme.equals("https"))) {
        return Optional.of(next);
      }
    } catch (IllegalArgumentException _) {
      // not a URL: reported below
    }
    throw new IllegalArgumentException(
        "redirected to " + Quoted.of(location.get()) + ", expected a URL");
  }

  /// Returns whether a URL has the host and port of the first request and is no downgrade from TLS.
  /// Only then may it receive credentials.
  public static boolean isSameServer(URI first, URI url) {
    return String.valueOf(first.getHost()).equalsIgnoreCase(url.getHost())
        && first.getPort() == url.getPort()
        && !isDowngrade(first, url);
  }

  /// Returns whether the second URL drops the TLS of the first.
  public static boolean isDowngrade(URI first, URI url) {
    return "https".equalsIgnoreCase(first.getScheme())
        && !"https".equalsIgnoreCase(url.getScheme());
  }

  /// Returns whether a redirect with this status keeps method and body; others become `GET`.
  public static boolean keepsMethod(int status) {
    return status == 307 || status == 308;
  }
}
