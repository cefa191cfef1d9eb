package io.pharos.alerting.message;

import java.nio.charset.StandardCharsets;

/// Truncates texts.
public final class TextTruncation {
  private TextTruncation() {}

  /// Truncates to a number of characters (code points), including the ellipsis.
  public static String to(int max, String text) {
    int count = text.codePointCount(0, text.length());
    return count <= max ? text : text.substring(0, text.offsetByCodePoints(0, max - 1)) + "…";
  }

  /// Truncates to a number of bytes of UTF-8, including the ellipsis.
  public static String toBytes(int max, String text) {
    if (text.getBytes(StandardCharsets.UTF_8).length <= max) {
      return text;
    }
    int left = max - "…".getBytes(StandardCharsets.UTF_8).length;
    int end = 0;
    while (end < text.length()) {
      int next = text.offsetByCodePoints(end, 1);
      left -= text.substring(end, next).getBytes(StandardCharsets.UTF_8).length;
      if (left < 0) {
        break;
      }
      end = next;
    }
    return text.substring(0, end) + "…";
  }

  /// As [#to], with line breaks and control characters replaced by spaces: for subjects, titles and
  /// header lines.
  public static String line(int max, String text) {
    return to(max, text.replaceAll("[\\p{Cntrl}\\u2028\\u2029]+", " ").strip());
  }
}
