package io.pharos.ingest.exposition;

import io.pharos.model.Quoted;
import java.nio.charset.StandardCharsets;

/// Thrown if a body does not match its format. The message contains the place, the text found
/// there, and what was expected.
public final class ExpositionException extends Exception {
  private static final int MAX_TOKEN_BYTES = 20;
  private static final int MAX_LINE_BYTES = 100;

  private final int line;
  private final int column;

  /// @param line number of the line, from 1
  /// @param column offset in the line in bytes, from 1
  /// @param problem what was found and what was expected
  public ExpositionException(int line, int column, String problem) {
    super("line " + line + ", column " + column + ": " + problem);
    this.line = line;
    this.column = column;
  }

  private ExpositionException(String message) {
    super(message);
    line = 0;
    column = 0;
  }

  /// Creates an error in a binary format.
  ///
  /// @param offset offset in the body in bytes, from 0
  static ExpositionException atByte(int offset, String problem) {
    return new ExpositionException("byte " + offset + ": " + problem);
  }

  /// Returns a copy of this error whose message also contains the name of the metric family.
  ExpositionException in(String family) {
    var located =
        new ExpositionException("metric family " + Quoted.of(family) + ": " + getMessage());
    located.initCause(this);
    return located;
  }

  /// Returns the number of the line, from 1; 0 if the format has no lines.
  public int line() {
    return line;
  }

  /// Returns the offset in the line in bytes, from 1; 0 if the format has no lines.
  public int column() {
    return column;
  }

  /// Returns the token at an offset in quotes; at the end of a line or of the body, a description
  /// instead.
  static String excerpt(byte[] body, int offset, int limit) {
    if (offset >= limit) {
      return "the end of the text";
    }
    if (body[offset] == '\n') {
      return "the end of the line";
    }
    int to = offset + 1;
    if (isToken(body[offset])) {
      while (to < limit && to - offset < MAX_TOKEN_BYTES && isToken(body[to])) {
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

  /// Returns an error at an offset, with the number of its line and the line's text.
  static ExpositionException at(byte[] body, int offset, int limit, String problem) {
    int line = 1;
    int lineStart = 0;
    for (int i = 0; i < Math.min(offset, limit); i++) {
      if (body[i] == '\n') {
        line++;
        lineStart = i + 1;
      }
    }
    int lineEnd = lineStart;
    while (lineEnd < limit && body[lineEnd] != '\n' && lineEnd - lineStart < MAX_LINE_BYTES) {
      lineEnd++;
    }
    String text = new String(body, lineStart, lineEnd - lineStart, StandardCharsets.UTF_8);
    boolean cut = lineEnd < limit && body[lineEnd] != '\n';
    return new ExpositionException(
        line, offset - lineStart + 1, problem + " in " + Quoted.of(cut ? text + "…" : text));
  }
}
