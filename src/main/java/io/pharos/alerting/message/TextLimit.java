package io.pharos.alerting.message;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// How much text a channel takes.
///
/// @param max how many, at least 0
/// @param inBytes whether bytes of UTF-8 are counted; else characters (code points)
public record TextLimit(int max, boolean inBytes) {
  /// Room for characters.
  public static TextLimit characters(int max) {
    return new TextLimit(max, false);
  }

  /// Room for bytes of UTF-8.
  public static TextLimit bytes(int max) {
    return new TextLimit(max, true);
  }

  /// The text, or its beginning and an ellipsis.
  public String clip(String text) {
    return inBytes ? TextTruncation.toBytes(max, text) : TextTruncation.to(max, text);
  }

  /// A text with lines that must stay below it; these get up to half the room.
  public String clip(String text, List<String> lines) {
    String end = end(lines);
    return beside(end).clip(text) + end;
  }

  /// Lines that must stay, with the break before them, in at most half the room.
  public String end(List<String> lines) {
    return lines.isEmpty()
        ? ""
        : "\n" + new TextLimit(max / 2, inBytes).clip(String.join("\n", lines));
  }

  /// What a text leaves of the room.
  public TextLimit beside(String text) {
    return new TextLimit(max - size(text), inBytes);
  }

  /// The first lines that fit, a break between them, so that no tag is cut.
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
}
