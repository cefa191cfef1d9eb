package io.pharos.alerting.message;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/// Maximum length of a text in a channel's message.
///
/// @param max maximum length, at least 0
/// @param inBytes whether the unit is a byte of UTF-8; otherwise a character (code point)
public record TextLimit(int max, boolean inBytes) {
  private static final Pattern BREAKS = Pattern.compile("[\\p{Cntrl}\\u2028\\u2029]+");

  /// Creates a limit in characters.
  public static TextLimit characters(int max) {
    return new TextLimit(max, false);
  }

  /// Creates a limit in bytes of UTF-8.
  public static TextLimit bytes(int max) {
    return new TextLimit(max, true);
  }

  /// Truncates a text that exceeds the limit. A truncated text ends with an ellipsis.
  public String clip(String text) {
    return inBytes ? toBytes(max, text) : to(max, text);
  }

  /// Appends lines to a text. The lines are truncated to half of the limit, and the text to the
  /// rest of the limit.
  public String clip(String text, List<String> lines) {
    String end = end(lines);
    return minus(end).clip(text) + end;
  }

  /// Joins lines and truncates them to half of the limit; the result starts with a line break.
  /// Empty if there are no lines.
  public String end(List<String> lines) {
    return lines.isEmpty()
        ? ""
        : "\n" + new TextLimit(max / 2, inBytes).clip(String.join("\n", lines));
  }

  /// Returns the rest of the limit if a part of it is used for a text.
  public TextLimit minus(String text) {
    return new TextLimit(max - size(text), inBytes);
  }

  /// Joins the first lines that together do not exceed the limit. No line is truncated, so that no
  /// tag is cut.
  public String fitting(List<String> lines) {
    var text = new StringBuilder();
    int used = 0;
    for (String line : lines) {
      if (used + 1 + size(line) > max) {
        break;
      }
      used += size(line) + (text.isEmpty() ? 0 : 1);
      text.append(text.isEmpty() ? "" : "\n").append(line);
    }
    return text.toString();
  }

  private int size(String text) {
    return inBytes
        ? text.getBytes(StandardCharsets.UTF_8).length
        : text.codePointCount(0, text.length());
  }

  /// Truncates a text to a number of characters (code points), including the ellipsis.
  public static String to(int max, String text) {
    int count = text.codePointCount(0, text.length());
    return count <= max ? text : text.substring(0, text.offsetByCodePoints(0, max - 1)) + "…";
  }

  /// Truncates a text to a number of bytes of UTF-8, including the ellipsis.
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

  /// Replaces line breaks and control characters with spaces, then truncates like [#to]. For
  /// subjects, titles and header lines.
  public static String line(int max, String text) {
    return to(max, BREAKS.matcher(text).replaceAll(" ").strip());
  }
}
