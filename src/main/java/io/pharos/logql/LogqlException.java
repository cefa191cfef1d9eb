package io.pharos.logql;

/// Thrown if a text is not valid LogQL. The message is `line:col: parse error: reason`, as for an
/// error in PromQL.
public final class LogqlException extends RuntimeException {
  private final int offset;

  LogqlException(String text, int offset, String reason) {
    super(position(text, offset) + ": parse error: " + reason);
    this.offset = offset;
  }

  private static String position(String text, int offset) {
    String textBefore = text.substring(0, Math.min(offset, text.length()));
    int line = 1 + (int) textBefore.chars().filter(c -> c == '\n').count();
    return line + ":" + (textBefore.length() - textBefore.lastIndexOf('\n'));
  }

  /// Returns the position of the error, in UTF-16 units.
  public int offset() {
    return offset;
  }
}
