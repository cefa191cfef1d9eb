package io.pharos.migration.sql;

import static java.util.Objects.requireNonNull;

/// A comment that goes to the end of its line.
///
/// @param text behind the dashes, without spaces around it
/// @param line from 1
public record SqlComment(String text, int line) {
  public SqlComment {
    requireNonNull(text, "text is null");
  }
}
