package io.pharos.migration.sql;

import io.pharos.migration.sql.SqlScript.SqlComment;
import io.pharos.migration.sql.SqlScript.SqlException;
import io.pharos.migration.sql.SqlToken.Kind;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Finds the tokens of an SQL text by the rules of PostgreSQL's `scan.l`, with
/// `standard_conforming_strings` on.
final class SqlScanner {
  private final String text;
  private int position;
  private int line;
  private @Nullable SqlToken token;
  private @Nullable SqlComment comment;

  SqlScanner(String text, int line) {
    this.text = text;
    this.line = line;
  }

  Optional<SqlToken> token() {
    return Optional.ofNullable(token);
  }

  Optional<SqlComment> comment() {
    return Optional.ofNullable(comment);
  }

  /// Reads the next token or `--` comment. [#token] or [#comment] then returns it.
  ///
  /// @return false at the end of the text
  boolean next() throws SqlException {
    token = null;
    comment = null;
    while (position < text.length()) {
      char c = text.charAt(position);
      if (c == '\n') {
        line++;
        position++;
      } else if (Character.isWhitespace(c) || c == '\uFEFF') {
        position++;
      } else if (starts("--")) {
        lineComment();
        return true;
      } else if (starts("/*")) {
        blockComment();
      } else {
        read(c);
        return true;
      }
    }
    return false;
  }

  private boolean starts(String prefix) {
    return text.startsWith(prefix, position);
  }

  private char peek(int ahead) {
    return position + ahead < text.length() ? text.charAt(position + ahead) : '\0';
  }

  private void lineComment() {
    int end = position;
    while (end < text.length() && text.charAt(end) != '\n' && text.charAt(end) != '\r') {
      end++;
    }
    comment = new SqlComment(text.substring(position + 2, end).strip(), line);
    position = end;
  }

  private void blockComment() throws SqlException {
    int begin = line;
    int depth = 0;
    do {
      if (position >= text.length()) {
        throw new SqlException(begin, "the comment /* has no end");
      }
      if (starts("/*")) {
        depth++;
        position += 2;
      } else if (starts("*/")) {
        depth--;
        position += 2;
      } else {
        advance();
      }
    } while (depth > 0);
  }

  private void advance() {
    if (text.charAt(position) == '\n') {
      line++;
    }
    position++;
  }

  private void read(char c) throws SqlException {
    int begin = position;
    int beginLine = line;
    switch (c) {
      case '\'' -> string(begin, beginLine, false);
      case '"' -> quoted(begin, beginLine);
      case '$' -> dollar(begin, beginLine);
      default -> {
        if (isWordStart(c)) {
          word(begin, beginLine);
        } else if (c >= '0' && c <= '9') {
          number(begin, beginLine);
        } else {
          position++;
          setToken(Kind.SYMBOL, String.valueOf(c), beginLine, begin, beginLine);
        }
      }
    }
  }

  private void word(int begin, int beginLine) throws SqlException {
    char quote = peek(1);
    boolean unicode = "uU".indexOf(text.charAt(position)) >= 0 && quote == '&';
    if (quote == '\'' && "eEbBxXnN".indexOf(text.charAt(position)) >= 0) {
      boolean escapes = "eE".indexOf(text.charAt(position)) >= 0;
      position++;
      string(begin, beginLine, escapes);
      return;
    }
    if (unicode && (peek(2) == '\'' || peek(2) == '"')) {
      position += 2;
      if (text.charAt(position) == '"') {
        quoted(begin, beginLine);
      } else {
        string(begin, beginLine, false);
      }
      return;
    }
    while (position < text.length() && isWordPart(text.charAt(position))) {
      position++;
    }
    setToken(Kind.WORD, capitals(text.substring(begin, position)), beginLine, begin, beginLine);
  }

  /* Changes ASCII letters only, since PostgreSQL ignores the case of keywords for ASCII letters
   * only. */
  private static String capitals(String word) {
    var capitals = new StringBuilder(word.length());
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      capitals.append(c >= 'a' && c <= 'z' ? (char) (c - 'a' + 'A') : c);
    }
    return capitals.toString();
  }

  private void number(int begin, int beginLine) {
    while (position < text.length()
        && (isWordPart(text.charAt(position)) || text.charAt(position) == '.')) {
      position++;
    }
    setToken(Kind.NUMBER, text.substring(begin, position), beginLine, begin, beginLine);
  }

  /* Reads one string. PostgreSQL joins adjacent strings on separate lines into one; here they
   * are two tokens, which makes no difference to the lint. */
  private void string(int begin, int beginLine, boolean escapes) throws SqlException {
    position++;
    int bodyLine = line;
    var value = new StringBuilder();
    while (true) {
      if (position >= text.length()) {
        throw new SqlException(beginLine, "the string has no end");
      }
      char c = text.charAt(position);
      if (c == '\\' && escapes) {
        value.append(c).append(peek(1));
        advance();
        if (position < text.length()) {
          advance();
        }
      } else if (c == '\'' && peek(1) == '\'') {
        value.append('\'');
        position += 2;
      } else if (c == '\'') {
        position++;
        setToken(Kind.STRING, value.toString(), beginLine, begin, bodyLine);
        return;
      } else {
        value.append(c);
        advance();
      }
    }
  }

  private void quoted(int begin, int beginLine) throws SqlException {
    position++;
    var value = new StringBuilder();
    while (true) {
      if (position >= text.length()) {
        throw new SqlException(beginLine, "the name that begins with \" has no end");
      }
      char c = text.charAt(position);
      if (c == '"' && peek(1) == '"') {
        value.append('"');
        position += 2;
      } else if (c == '"') {
        position++;
        setToken(Kind.QUOTED, value.toString(), beginLine, begin, beginLine);
        return;
      } else {
        value.append(c);
        advance();
      }
    }
  }

  private void dollar(int begin, int beginLine) throws SqlException {
    int end = position + 1;
    while (end < text.length() && isTagPart(text.charAt(end), end == position + 1)) {
      end++;
    }
    if (end >= text.length() || text.charAt(end) != '$') {
      position++;
      setToken(Kind.SYMBOL, "$", beginLine, begin, beginLine);
      return;
    }
    String tag = text.substring(position, end + 1);
    int body = end + 1;
    int close = text.indexOf(tag, body);
    if (close < 0) {
      throw new SqlException(beginLine, "the string that begins with " + tag + " has no end");
    }
    while (position < close + tag.length()) {
      advance();
    }
    setToken(Kind.STRING, text.substring(body, close), beginLine, begin, beginLine);
  }

  private void setToken(Kind kind, String value, int beginLine, int begin, int bodyLine) {
    token = new SqlToken(kind, value, beginLine, begin, bodyLine);
  }

  private static boolean isWordStart(char c) {
    return Character.isLetter(c) || c == '_' || c >= 0x80;
  }

  private static boolean isWordPart(char c) {
    return isWordStart(c) || (c >= '0' && c <= '9') || c == '$';
  }

  private static boolean isTagPart(char c, boolean first) {
    return isWordStart(c) || (!first && c >= '0' && c <= '9');
  }
}
