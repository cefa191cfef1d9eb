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
  private int at;
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
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '\n') {
        line++;
        at++;
      } else if (Character.isWhitespace(c) || c == '\uFEFF') {
        at++;
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
    return text.startsWith(prefix, at);
  }

  private char peek(int ahead) {
    return at + ahead < text.length() ? text.charAt(at + ahead) : '\0';
  }

  private void lineComment() {
    int end = at;
    while (end < text.length() && text.charAt(end) != '\n' && text.charAt(end) != '\r') {
      end++;
    }
    comment = new SqlComment(text.substring(at + 2, end).strip(), line);
    at = end;
  }

  private void blockComment() throws SqlException {
    int begin = line;
    int depth = 0;
    do {
      if (at >= text.length()) {
        throw new SqlException(begin, "the comment /* does not end");
      }
      if (starts("/*")) {
        depth++;
        at += 2;
      } else if (starts("*/")) {
        depth--;
        at += 2;
      } else {
        step();
      }
    } while (depth > 0);
  }

  private void step() {
    if (text.charAt(at) == '\n') {
      line++;
    }
    at++;
  }

  private void read(char c) throws SqlException {
    int begin = at;
    int from = line;
    switch (c) {
      case '\'' -> string(begin, from, false);
      case '"' -> quoted(begin, from);
      case '$' -> dollar(begin, from);
      default -> {
        if (isWordStart(c)) {
          word(begin, from);
        } else if (c >= '0' && c <= '9') {
          number(begin, from);
        } else {
          at++;
          keep(Kind.SYMBOL, String.valueOf(c), from, begin, from);
        }
      }
    }
  }

  private void word(int begin, int from) throws SqlException {
    char quote = peek(1);
    boolean unicode = "uU".indexOf(text.charAt(at)) >= 0 && quote == '&';
    if (quote == '\'' && "eEbBxXnN".indexOf(text.charAt(at)) >= 0) {
      boolean escapes = "eE".indexOf(text.charAt(at)) >= 0;
      at++;
      string(begin, from, escapes);
      return;
    }
    if (unicode && (peek(2) == '\'' || peek(2) == '"')) {
      at += 2;
      if (text.charAt(at) == '"') {
        quoted(begin, from);
      } else {
        string(begin, from, false);
      }
      return;
    }
    while (at < text.length() && isWordPart(text.charAt(at))) {
      at++;
    }
    keep(Kind.WORD, capitals(text.substring(begin, at)), from, begin, from);
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

  private void number(int begin, int from) {
    while (at < text.length() && (isWordPart(text.charAt(at)) || text.charAt(at) == '.')) {
      at++;
    }
    keep(Kind.NUMBER, text.substring(begin, at), from, begin, from);
  }

  /* Reads one string. PostgreSQL joins adjacent strings on separate lines into one; here they
   * are two tokens, which makes no difference to the lint. */
  private void string(int begin, int from, boolean escapes) throws SqlException {
    at++;
    int bodyLine = line;
    var value = new StringBuilder();
    while (true) {
      if (at >= text.length()) {
        throw new SqlException(from, "the string does not end");
      }
      char c = text.charAt(at);
      if (c == '\\' && escapes) {
        value.append(c).append(peek(1));
        step();
        if (at < text.length()) {
          step();
        }
      } else if (c == '\'' && peek(1) == '\'') {
        value.append('\'');
        at += 2;
      } else if (c == '\'') {
        at++;
        keep(Kind.STRING, value.toString(), from, begin, bodyLine);
        return;
      } else {
        value.append(c);
        step();
      }
    }
  }

  private void quoted(int begin, int from) throws SqlException {
    at++;
    var value = new StringBuilder();
    while (true) {
      if (at >= text.length()) {
        throw new SqlException(from, "the name between \" does not end");
      }
      char c = text.charAt(at);
      if (c == '"' && peek(1) == '"') {
        value.append('"');
        at += 2;
      } else if (c == '"') {
        at++;
        keep(Kind.QUOTED, value.toString(), from, begin, from);
        return;
      } else {
        value.append(c);
        step();
      }
    }
  }

  private void dollar(int begin, int from) throws SqlException {
    int end = at + 1;
    while (end < text.length() && isTagPart(text.charAt(end), end == at + 1)) {
      end++;
    }
    if (end >= text.length() || text.charAt(end) != '$') {
      at++;
      keep(Kind.SYMBOL, "$", from, begin, from);
      return;
    }
    String tag = text.substring(at, end + 1);
    int body = end + 1;
    int close = text.indexOf(tag, body);
    if (close < 0) {
      throw new SqlException(from, "the string " + tag + " does not end");
    }
    while (at < close + tag.length()) {
      step();
    }
    keep(Kind.STRING, text.substring(body, close), from, begin, from);
  }

  private void keep(Kind kind, String value, int from, int begin, int bodyLine) {
    token = new SqlToken(kind, value, from, begin, bodyLine);
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
