package io.pharos.model;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/// Decides whether a text from outside may become a link, and encodes values for addresses. Anybody
/// can write labels and annotations, so only schemes that cannot run a script are allowed.
public final class LinkAddress {
  private static final List<String> WEB = List.of("https://", "http://");

  private LinkAddress() {}

  /// Whether the text is a web address.
  public static boolean isWeb(String text) {
    return begins(text, WEB) && isPlain(text);
  }

  /// Whether the text is a web address or a `mailto:` address.
  public static boolean isLink(String text) {
    return (begins(text, WEB) || begins(text, List.of("mailto:"))) && isPlain(text);
  }

  private static boolean begins(String text, List<String> schemes) {
    String lower = text.toLowerCase(Locale.ROOT);
    return schemes.stream().anyMatch(lower::startsWith);
  }

  private static boolean isPlain(String text) {
    return text.chars().noneMatch(c -> c <= ' ' || c == '"' || c == '<' || c == '>');
  }

  /// Encodes a value for a URL's query, with `%20` for a space.
  public static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
