package io.pharos.notify.message;

/// Cuts texts to what a channel takes.
public final class Clip {
  private Clip() {}

  /// The text, or its beginning and an ellipsis, in at most so many characters (code points).
  public static String to(int max, String text) {
    int count = text.codePointCount(0, text.length());
    return count <= max ? text : text.substring(0, text.offsetByCodePoints(0, max - 1)) + "…";
  }

  /// As [#to], with line breaks and control characters turned into spaces: for subjects, titles and
  /// header lines.
  public static String line(int max, String text) {
    return to(max, text.replaceAll("[\\p{Cntrl}\\u2028\\u2029]+", " ").strip());
  }
}
