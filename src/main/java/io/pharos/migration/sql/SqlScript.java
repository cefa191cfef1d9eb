package io.pharos.migration.sql;

import java.util.ArrayList;
import java.util.List;

/// An SQL text, split into statements where PostgreSQL's own scanner splits it. The split respects
/// nested comments, strings with and without escapes, dollar quoting, quoted identifiers, and
/// function bodies between `BEGIN ATOMIC` and `END`. It needs time linear in the text's length.
///
/// @param head all comments before the first statement, in order
public record SqlScript(List<SqlStatement> statements, List<SqlComment> head) {
  /// A comment `-- …` to the end of its line.
  ///
  /// @param text text after the dashes, stripped
  /// @param line from 1
  public record SqlComment(String text, int line) {}

  /// One statement of a file.
  ///
  /// @param text text of the statement in the file, without leading comments and the semicolon
  /// @param line line where the statement begins, from 1
  /// @param remarks comments `-- …` between the previous statement and this one, in order, without
  ///   dashes
  public record SqlStatement(
      String text, int line, List<SqlToken> tokens, List<SqlComment> remarks) {
    public SqlStatement {
      tokens = List.copyOf(tokens);
      remarks = List.copyOf(remarks);
      if (tokens.isEmpty()) {
        throw new IllegalArgumentException("a statement without a token");
      }
    }
  }

  /// Reports a text that can't be split into statements. The message names the part without an end.
  public static final class SqlException extends Exception {
    private final int line;

    /// @param line line where the part without an end begins, from 1
    public SqlException(int line, String message) {
      super(message);
      this.line = line;
    }

    /// Returns the line where the part without an end begins, from 1.
    public int line() {
      return line;
    }
  }

  public SqlScript {
    statements = List.copyOf(statements);
    head = List.copyOf(head);
  }

  /// Splits a text into statements.
  ///
  /// @throws SqlException when a comment, a string or a name has no end
  public static SqlScript parse(String text) throws SqlException {
    var scanner = new SqlScanner(text, 1);
    var splitter = new Splitter(text);
    while (scanner.next()) {
      splitter.add(scanner);
    }
    splitter.end(text.length());
    return new SqlScript(splitter.statements, splitter.head);
  }

  /// Returns the tokens of an SQL text inside another one, such as the body of `DO`.
  ///
  /// @param line line of the file where the inner text begins
  /// @throws SqlException when a comment, a string or a name has no end
  public static List<SqlToken> tokens(String text, int line) throws SqlException {
    var tokens = new ArrayList<SqlToken>();
    var scanner = new SqlScanner(text, line);
    while (scanner.next()) {
      scanner.token().ifPresent(tokens::add);
    }
    return tokens;
  }

  /// Collects tokens and comments until a statement ends.
  private static final class Splitter {
    private final String text;
    private final List<SqlStatement> statements = new ArrayList<>();
    private final List<SqlComment> head = new ArrayList<>();
    private final List<SqlComment> remarks = new ArrayList<>();
    private final List<SqlToken> tokens = new ArrayList<>();

    /// Number of `BEGIN ATOMIC` and `CASE` that have no `END` yet.
    private int depth;

    Splitter(String text) {
      this.text = text;
    }

    void add(SqlScanner scanner) {
      scanner.comment().ifPresent(this::comment);
      scanner.token().ifPresent(this::token);
    }

    private void comment(SqlComment comment) {
      if (statements.isEmpty() && tokens.isEmpty()) {
        head.add(comment);
      }
      if (tokens.isEmpty()) {
        remarks.add(comment);
      }
    }

    private void token(SqlToken token) {
      if (token.is(";") && depth == 0) {
        end(token.offset());
        return;
      }
      boolean inBody = depth > 0;
      if (token.is("ATOMIC") && !tokens.isEmpty() && tokens.getLast().is("BEGIN")) {
        depth++;
      } else if (inBody && token.is("CASE")) {
        depth++;
      } else if (inBody && token.is("END")) {
        depth--;
      }
      tokens.add(token);
    }

    void end(int offset) {
      if (!tokens.isEmpty()) {
        SqlToken first = tokens.getFirst();
        statements.add(
            new SqlStatement(
                text.substring(first.offset(), offset).strip(), first.line(), tokens, remarks));
      }
      tokens.clear();
      remarks.clear();
      depth = 0;
    }
  }
}
