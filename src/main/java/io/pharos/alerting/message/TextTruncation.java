package io.pharos.alerting.message;

import java.nio.charset.StandardCharsets;

/// Cuts texts to what a channel takes.
public final class TextTruncation {
  private TextTruncation() {}

  /// The text, or its beginning and an ellipsis, in at most so many characters (code points).
  public static String to(int max, String text) {
    int count = text.codePointCount(0, text.length());
    return count <= max ? text : text.substring(0, text.offsetByCodePoints(0, max - 1)) + "…";
  }

  /// The text, or its beginning and an ellipsis, in at most so many bytes of UTF-8.
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

  /// As [#to], with line breaks and control characters turned into spaces: for subjects, titles and
  /// header lines.
  public static String line(int max, String text) {
    return to(max, text.replaceAll("[\\p{Cntrl}\\u2028\\u2029]+", " ").strip());
  }
}
