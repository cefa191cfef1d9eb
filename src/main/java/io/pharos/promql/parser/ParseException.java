package io.pharos.promql.parser;

import io.pharos.promql.ast.Span;

/// A syntax or type error in PromQL. The message is `line:col: parse error: reason`.
public final class ParseException extends RuntimeException {
  private final String position;
  private final String reason;
  private final int offset;

  ParseException(String text, int offset, String reason) {
    super(Span.position(text, offset) + ": parse error: " + reason);
    this.position = Span.position(text, offset);
    this.reason = reason;
    this.offset = offset;
  }

  /// Returns the position in the text as `line:col`.
  public String position() {
    return position;
  }

  /// Returns what was found and what was expected, without the position.
  public String reason() {
    return reason;
  }

  /// Returns the position in the text as an offset in UTF-16 units.
  public int offset() {
    return offset;
  }
}
