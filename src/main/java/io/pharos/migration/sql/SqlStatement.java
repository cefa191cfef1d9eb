package io.pharos.migration.sql;

import static java.util.Objects.requireNonNull;

import java.util.List;

/// One statement of a file.
///
/// @param text text in the file, without leading comments and without the semicolon
/// @param line line where it begins, from 1
/// @param tokens at least one
/// @param remarks comments `-- …` right before it, in order, without dashes
public record SqlStatement(String text, int line, List<SqlToken> tokens, List<SqlComment> remarks) {
  public SqlStatement {
    requireNonNull(text, "text is null");
    tokens = List.copyOf(tokens);
    remarks = List.copyOf(remarks);
    if (tokens.isEmpty()) {
      throw new IllegalArgumentException("a statement without a token");
    }
  }
}
