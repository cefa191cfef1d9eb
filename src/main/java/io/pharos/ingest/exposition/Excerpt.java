package io.pharos.ingest.exposition;

import io.pharos.model.Quoted;
import java.nio.charset.StandardCharsets;

/// Excerpts of a body for error messages.
final class Excerpt {
  private static final int LONGEST_TOKEN = 20;
  private static final int LONGEST_LINE = 100;

  private Excerpt() {}

  /// The token at an offset, quoted; a description for the end of a line or of the body.
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

  /// An error at an offset, with the line's number and text.
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
