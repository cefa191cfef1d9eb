package io.pharos.config.http;

import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/// Reads URLs and refuses invalid ones.
public final class UrlReader {
  private UrlReader() {}

  /// Returns an `http` or `https` URL that is not a secret.
  public static String read(YamlMap map, String key, String defaultValue) {
    map.get(key).ifPresent(value -> check(value, value.asString()));
    return map.string(key, defaultValue);
  }

  /// Returns an `http` or `https` URL with a slash at its end, so that paths can be appended.
  public static String readFolder(YamlMap map, String key, String defaultValue) {
    String url = read(map, key, defaultValue);
    return url.isEmpty() || url.endsWith("/") ? url : url + "/";
  }

  /// Refuses anything but an `http` or `https` URL, and accepts the placeholder of a secret. The
  /// error does not show the URL, which may contain a token.
  public static void check(YamlValue value, String text) {
    if (text.equals(Secret.MASK)) {
      return;
    }
    try {
      var uri = new URI(text);
      String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
      if (!scheme.equals("http") && !scheme.equals("https")) {
        throw value.error(
            "unsupported scheme " + Quoted.of(scheme) + " for a URL, expected http or https");
      }
      if (uri.getRawAuthority() != null && !hasNumericPort(uri.getRawAuthority())) {
        throw value.error("the port of the URL is not a number");
      }
      if (uri.getRawAuthority() == null) {
        throw value.error("the URL has no host, expected http(s)://host/…");
      }
    } catch (URISyntaxException e) {
      throw value.error("not a URL: " + e.getReason() + " at index " + e.getIndex());
    }
  }

  /* Returns whether the port is a number or absent. */
  private static boolean hasNumericPort(String authority) {
    String host = authority.substring(authority.lastIndexOf('@') + 1);
    int colon = host.indexOf(':', host.startsWith("[") ? Math.max(0, host.lastIndexOf(']')) : 0);
    return colon < 0 || host.chars().skip(colon + 1L).allMatch(c -> c >= '0' && c <= '9');
  }
}
