package io.pharos.migration.sql;

import static java.util.Objects.requireNonNull;

/// A comment `-- …` to the end of its line.
///
/// @param text text after the dashes, stripped
/// @param line from 1
public record SqlComment(String text, int line) {
  public SqlComment {
    requireNonNull(text, "text is null");
  }
}
