package io.pharos.migration.sql;

import static java.util.Objects.requireNonNull;

/// A piece of SQL that is not a comment or a space.
///
/// @param text a word in capitals, the value of a quoted identifier or string, a symbol as it
///   stands
/// @param line from 1: where it begins
/// @param offset where it begins in the file
/// @param bodyLine for a string the line at which its value begins; else [#line]
public record SqlToken(Kind kind, String text, int line, int offset, int bodyLine) {
  /// What a token is.
  public enum Kind {
    /// A keyword, or an identifier without quotes.
    WORD,
    /// An identifier between double quotes, which is never a keyword.
    QUOTED,
    /// A string between quotes or dollars.
    STRING,
    NUMBER,
    /// One character, such as a parenthesis or a part of an operator.
    SYMBOL
  }

  public SqlToken {
    requireNonNull(kind, "kind is null");
    requireNonNull(text, "text is null");
  }

  /// Whether it is this keyword, which must be in capitals, or this symbol.
  public boolean is(String what) {
    return (kind == Kind.WORD || kind == Kind.SYMBOL) && text.equals(what);
  }

  /// Whether it can be the name of something.
  public boolean isName() {
    return kind == Kind.WORD || kind == Kind.QUOTED;
  }

  /// The name as PostgreSQL keeps it: words in small letters.
  public String name() {
    return kind == Kind.WORD ? text.toLowerCase(java.util.Locale.ROOT) : text;
  }
}
