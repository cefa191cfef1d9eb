package io.pharos.migration.sql;

/// A token of SQL.
///
/// @param text a word in capitals, the value of a quoted identifier or string, or a symbol
/// @param line line where the token begins, from 1
/// @param offset index of the token's first character in the text
/// @param bodyLine for a string, the line where its value begins; otherwise the same as [#line]
public record SqlToken(Kind kind, String text, int line, int offset, int bodyLine) {
  /// The kind of a token.
  public enum Kind {
    /// A keyword, or an identifier without quotes.
    WORD,
    /// An identifier between double quotes, which is never a keyword.
    QUOTED,
    /// A string in single quotes or dollar quotes.
    STRING,
    NUMBER,
    /// One character, such as a parenthesis or a part of an operator.
    SYMBOL
  }

  /// Returns whether the token is this keyword, given in capitals, or this symbol.
  public boolean is(String word) {
    return (kind == Kind.WORD || kind == Kind.SYMBOL) && text.equals(word);
  }

  /// Returns whether the token may be a name of an object.
  public boolean isName() {
    return kind == Kind.WORD || kind == Kind.QUOTED;
  }

  /// Returns the name as PostgreSQL stores it: words in lower case.
  public String name() {
    return kind == Kind.WORD ? text.toLowerCase(java.util.Locale.ROOT) : text;
  }
}
