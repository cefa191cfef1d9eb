package io.pharos.rollout;

import io.pharos.gate.deployment.InvalidFieldException;
import org.jspecify.annotations.Nullable;

/// What texts of others may be.
final class SubmittedText {
  /// Longer ones are cut: they are for people to read.
  static final int MAX = 500;

  private SubmittedText() {}

  static void requireVersion(@Nullable String version) {
    if (version != null && !version.matches("[\\x21-\\x7e]{1,200}")) {
      throw new InvalidFieldException(
          "version", version, "1 to 200 printable ASCII characters without spaces, or null");
    }
  }

  /// A text without what a store or a terminal would stumble over, not longer than [#MAX].
  static String plain(String text) {
    String clean = text.replaceAll("\\p{Cntrl}+", " ").strip();
    return clean.length() <= MAX ? clean : clean.substring(0, MAX - 1) + "…";
  }
}
