package io.pharos.ingest.exposition;

import io.pharos.model.Quoted;
import java.nio.charset.StandardCharsets;

/// What errors show of a body: a piece short enough for a message, and its place.
final class Excerpt {
  private static final int LONGEST_TOKEN = 20;
  private static final int LONGEST_LINE = 100;

  private Excerpt() {}

  /// The token that begins at an offset, quoted; the end of a line or of the body by its name.
  static String of(byte[] body, int offset, int limit) {
    if (offset >= limit) {
      return "the end of the text";
    }
    if (body[offset] == '\n') {
      return "the end of the line";
    }
    int to = offset + 1;
    if (isToken(body[offset])) {
      while (to < limit && to - offset < LONGEST_TOKEN && isToken(body[to])) {
        to++;
      }
    }
    return Quoted.of(new String(body, offset, to - offset, StandardCharsets.UTF_8));
  }

  private static boolean isToken(byte c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '_'
        || c == '.'
        || c == '-'
        || c == '+'
        || c < 0;
  }

  /// The error at an offset, with its line and the line's text.
  static ExpositionException error(byte[] body, int offset, int limit, String problem) {
    int line = 1;
    int lineStart = 0;
    for (int i = 0; i < Math.min(offset, limit); i++) {
      if (body[i] == '\n') {
        line++;
        lineStart = i + 1;
      }
    }
    int lineEnd = lineStart;
    while (lineEnd < limit && body[lineEnd] != '\n' && lineEnd - lineStart < LONGEST_LINE) {
      lineEnd++;
    }
    String text = new String(body, lineStart, lineEnd - lineStart, StandardCharsets.UTF_8);
    boolean cut = lineEnd < limit && body[lineEnd] != '\n';
    return new ExpositionException(
        line, offset - lineStart + 1, problem + " in " + Quoted.of(cut ? text + "…" : text));
  }
}
