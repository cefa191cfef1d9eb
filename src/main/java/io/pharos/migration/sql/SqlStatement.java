package io.pharos.migration.sql;

import static java.util.Objects.requireNonNull;

import java.util.List;

/// One statement of a file.
///
/// @param text as it stands in the file, without comments before it and without the semicolon
/// @param line from 1: where it begins
/// @param tokens at least one
/// @param remarks the comments `-- …` that stand right before it, oldest first, without dashes
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
