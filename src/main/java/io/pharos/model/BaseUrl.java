package io.pharos.model;

import java.net.URI;
import java.util.Locale;
import java.util.Set;

/// Normalizes the addresses of servers.
public final class BaseUrl {
  private static final Set<String> SECURE = Set.of("https", "wss");

  private BaseUrl() {}

  /// Returns the port of a URL; if it names none, the default port of its scheme.
  public static int port(URI url) {
    return url.getPort() < 0 ? defaultPort(url) : url.getPort();
  }

  /// Returns the default port of a URL's scheme.
  public static int defaultPort(URI url) {
    String scheme = url.getScheme();
    return scheme != null && SECURE.contains(scheme.toLowerCase(Locale.ROOT)) ? 443 : 80;
  }

  /// Returns an address to which paths are appended, without slashes at its end.
  public static String of(String text) {
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == '/') {
      end--;
    }
    return text.substring(0, end);
  }
}
