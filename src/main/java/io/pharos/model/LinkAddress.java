package io.pharos.model;

import java.util.List;
import java.util.Locale;

/// Whether a text from outside may become a link: what anybody can write into a label or an
/// annotation must not run as a script.
public final class LinkAddress {
  private static final List<String> WEB = List.of("https://", "http://");

  private LinkAddress() {}

  /// Whether it is an address of the web.
  public static boolean isWeb(String text) {
    return begins(text, WEB) && isPlain(text);
  }

  /// Whether it is an address of the web or of a mailbox.
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
}
