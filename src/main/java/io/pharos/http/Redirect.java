package io.pharos.http;

import io.pharos.model.Quoted;
import java.net.URI;
import java.util.Optional;

/// Where answers send the one who asked.
public final class Redirect {
  /// So many redirects are followed, as by Go's client.
  public static final int MOST = 10;

  private Redirect() {}

  /// The address that an answer gives instead of the one asked; empty where it is no redirect.
  ///
  /// @param location the answer's header `Location`
  /// @throws IllegalArgumentException when it leads nowhere; the message has the location
  public static Optional<URI> next(URI asked, int status, Optional<String> location) {
    boolean redirects =
        switch (status) {
          case 301, 302, 303, 307, 308 -> true;
          default -> false;
        };
    if (!redirects || location.isEmpty()) {
      return Optional.empty();
    }
    try {
      URI next = asked.resolve(location.get());
      String scheme = String.valueOf(next.getScheme());
      if (next.getHost() != null && (scheme.equals("http") || scheme.equals("https"))) {
        return Optional.of(next);
      }
    } catch (IllegalArgumentException _) {
      // Not a URL at all: reported below.
    }
    throw new IllegalArgumentException(
        "redirected to " + Quoted.of(location.get()) + ", expected a URL");
  }

  /// Whether an address is the server's that was first asked, and not in clear where that was by
  /// TLS: any other is told nothing that is meant for that server.
  public static boolean isHome(URI first, URI url) {
    return String.valueOf(first.getHost()).equalsIgnoreCase(url.getHost())
        && first.getPort() == url.getPort()
        && !isDowngrade(first, url);
  }

  /// Whether the second address is in clear and the first by TLS.
  public static boolean isDowngrade(URI first, URI url) {
    return "https".equalsIgnoreCase(first.getScheme())
        && !"https".equalsIgnoreCase(url.getScheme());
  }

  /// Whether a redirect of this status repeats the request as it was, its body included; others
  /// become `GET`.
  public static boolean keepsMethod(int status) {
    return status == 307 || status == 308;
  }
}
