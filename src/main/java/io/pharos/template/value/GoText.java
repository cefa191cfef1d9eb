package io.pharos.template.value;

import java.util.function.IntUnaryOperator;

/// Implements Go's text functions. They convert character by character, independent of the locale.
public final class GoText {
  private GoText() {}

  /// Converts a text to upper case like Go's strings.ToUpper.
  public static String upper(String text) {
    return map(text, Character::toUpperCase);
  }

  /// Converts a text to lower case like Go's strings.ToLower.
  public static String lower(String text) {
    return map(text, Character::toLowerCase);
  }

  private static String map(String text, IntUnaryOperator change) {
    return text.codePoints()
        .map(change)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  /// Converts the first letter of each word to upper case and all others to lower case, like
  /// Alertmanager's `title`.
  public static String title(String text) {
    var titled = new StringBuilder(text.length());
    boolean inWord = false;
    boolean begun = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean apostrophe =
          c == '\'' && inWord && i + 1 < text.length() && Character.isLetter(text.charAt(i + 1));
      begun &= inWord;
      titled.append(begun ? Character.toLowerCase(c) : Character.toTitleCase(c));
      begun |= Character.isLetter(c);
      inWord = Character.isLetterOrDigit(c) || c == '_' || apostrophe;
    }
    return titled.toString();
  }

  /// Returns the text without Unicode white space at both ends.
  public static String trimSpace(String text) {
    int start = 0;
    int end = text.length();
    while (start < end && isSpace(text.charAt(start))) {
      start++;
    }
    while (end > start && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(start, end);
  }

  private static boolean isSpace(char c) {
    return (c >= '\t' && c <= '\r') || c == 0x85 || Character.isSpaceChar(c);
  }
}
