package io.pharos.promql.ast;

import java.nio.charset.StandardCharsets;

/// The position of a node in the query text, in UTF-16 units.
///
/// @param start offset of the first character
/// @param end offset after the last character
public record Span(int start, int end) {
  /// The span of nodes without source text.
  public static final Span NONE = new Span(0, 0);

  public Span {
    if (start < 0 || end < start) {
      throw new IllegalArgumentException(
          "expected 0 <= start <= end, found start %d, end %d".formatted(start, end));
    }
  }

  /// Returns the span from the start of this span to the end of `last`.
  public Span to(Span last) {
    return new Span(start, Math.max(start, last.end));
  }

  /// Returns the start as `line:col`, both from 1. Columns count UTF-8 bytes, as in Prometheus.
  public String position(String text) {
    return position(text, start);
  }

  /// Returns an offset in the text as `line:col`, both from 1.
  public static String position(String text, int offset) {
    int limited = Math.min(offset, text.length());
    int lineStart = text.lastIndexOf('\n', limited - 1) + 1;
    int line = 1;
    for (int i = text.indexOf('\n'); i >= 0 && i < lineStart; i = text.indexOf('\n', i + 1)) {
      line++;
    }
    int column = text.substring(lineStart, limited).getBytes(StandardCharsets.UTF_8).length + 1;
    return line + ":" + column;
  }
}
