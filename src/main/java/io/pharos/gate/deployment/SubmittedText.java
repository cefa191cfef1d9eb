package io.pharos.gate.deployment;

import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Validates and cleans texts that other programs submit.
public final class SubmittedText {
  /// Maximum length in characters. Longer texts are truncated, because only people read them.
  static final int MAX_LENGTH = 500;

  private SubmittedText() {}

  /// Checks a version; null is allowed.
  ///
  /// @throws InvalidFieldException when it is not 1 to 200 printable ASCII characters
  public static void requireVersion(@Nullable String version) {
    if (version != null && !version.matches("[\\x21-\\x7e]{1,200}")) {
      throw new InvalidFieldException(
          "version", version, "1 to 200 printable ASCII characters without spaces, or null");
    }
  }

  /// Returns a text without control characters, truncated to [#MAX_LENGTH].
  public static String plain(String text) {
    String clean = text.replaceAll("\\p{Cntrl}+", " ").strip();
    return clean.length() <= MAX_LENGTH ? clean : clean.substring(0, MAX_LENGTH - 1) + "…";
  }

  /// Returns whether a text is an http or https address with a host.
  public static boolean isWebAddress(String text) {
    try {
      URI uri = URI.create(text);
      return uri.getHost() != null && List.of("http", "https").contains(uri.getScheme());
    } catch (IllegalArgumentException _) { // the caller reports which value was expected
      return false;
    }
  }
}
