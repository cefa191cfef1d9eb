package io.pharos.server.api;

/// Validates URLs as Go's `url.ParseRequestURI` does, but accepts broken percent escapes, which
/// occur in generator URLs. Runs in linear time.
public final class RequestUri {
  private RequestUri() {}

  /// Whether the text is a valid absolute URL or path.
  public static boolean isValid(String text) {
    if (text.isEmpty() || text.chars().anyMatch(c -> c < 0x20 || c == 0x7f)) {
      return false;
    }
    int colon = schemeEnd(text);
    if (colon < 0) {
      return text.startsWith("/");
    }
    return !text.startsWith("//", colon + 1) || isAuthority(authority(text, colon + 3));
  }

  /// The index of the colon after the scheme; -1 without a scheme.
  private static int schemeEnd(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == ':') {
        return i == 0 ? -1 : i;
      }
      boolean inner = i > 0 && ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.');
      if (!isLetter(c) && !inner) {
        return -1;
      }
    }
    return -1;
  }

  private static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private static String authority(String text, int from) {
    int end = from;
    while (end < text.length() && text.charAt(end) != '/' && text.charAt(end) != '?') {
      end++;
    }
    return text.substring(from, end);
  }

  private static boolean isAuthority(String authority) {
    int at = authority.lastIndexOf('@');
    String host = authority.substring(at + 1);
    int hostEnd = host.startsWith("[") ? host.lastIndexOf(']') : host.lastIndexOf(':') - 1;
    if (host.startsWith("[") && hostEnd < 0) {
      return false;
    }
    return (at < 0 || authority.chars().limit(at).allMatch(RequestUri::isInUserInfo))
        && host.chars().allMatch(RequestUri::isInHost)
        && (hostEnd == -2 || isPort(host, hostEnd + 1));
  }

  private static boolean isInUserInfo(int c) {
    return (c < 0x80 && Character.isLetterOrDigit(c)) || "-._:~!$&'()*+,;=%@".indexOf(c) >= 0;
  }

  private static boolean isInHost(int c) {
    return c >= 0x80 || Character.isLetterOrDigit(c) || "-_.~!$&'()*+,;=:[]<>\"%".indexOf(c) >= 0;
  }

  /* Empty, or a colon with any number of digits. */
  private static boolean isPort(String host, int from) {
    return from == host.length()
        || (host.charAt(from) == ':'
            && host.chars().skip(from + 1L).allMatch(c -> c >= '0' && c <= '9'));
  }
}
