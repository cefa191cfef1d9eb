package io.pharos.http;

import io.pharos.model.Quoted;
import java.net.URI;
import java.util.Optional;

/// Rules for following HTTP redirects.
public final class Redirect {
  /// Maximum number of redirects, as in Go's client.
  public static final int MAX_REDIRECTS = 10;

  private Redirect() {}

  /// Returns the target of a redirect; empty if the response is no redirect.
  ///
  /// @throws IllegalArgumentException if the location is not an HTTP URL; the message contains the
  ///   location
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
      // The location is not a URL, which is reported below.
    }
    throw new IllegalArgumentException(
        "redirected to " + Quoted.of(location.get()) + ", expected an http or https URL");
  }

  /// Returns whether a URL has the host and port of the first request, and does not replace TLS by
  /// plain HTTP. Credentials may only be sent to such a URL.
  public static boolean isSameServer(URI first, URI url) {
    return String.valueOf(first.getHost()).equalsIgnoreCase(url.getHost())
        && first.getPort() == url.getPort()
        && !isDowngrade(first, url);
  }

  /// Returns whether the first URL uses TLS and the second does not.
  public static boolean isDowngrade(URI first, URI url) {
    return "https".equalsIgnoreCase(first.getScheme())
        && !"https".equalsIgnoreCase(url.getScheme());
  }

  /// Returns whether a request keeps its method and body after a redirect with this status;
  /// otherwise the request becomes a `GET` without a body.
  public static boolean keepsMethod(int status) {
    return status == 307 || status == 308;
  }
}
