package io.pharos.migration.lint;

import io.pharos.migration.sql.SqlToken;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// A cursor over a sequence of tokens.
final class TokenCursor {
  private final List<SqlToken> tokens;
  private int at;

  TokenCursor(List<SqlToken> tokens) {
    this.tokens = tokens;
  }

  boolean isEmpty() {
    return at >= tokens.size();
  }

  SqlToken first() {
    return tokens.get(Math.min(at, tokens.size() - 1));
  }

  List<SqlToken> rest() {
    return tokens.subList(Math.min(at, tokens.size()), tokens.size());
  }

  /// Returns whether these words come next.
  boolean begins(String... words) {
    for (int i = 0; i < words.length; i++) {
      if (at + i >= tokens.size() || !tokens.get(at + i).is(words[i])) {
        return false;
      }
    }
    return true;
  }

  /// Returns whether one of these phrases comes next.
  boolean beginsAny(String... phrases) {
    return Stream.of(phrases).anyMatch(phrase -> begins(phrase.split(" ")));
  }

  /// Skips one of these words if it comes next, and returns whether one did.
  boolean skipAny(String... words) {
    return Stream.of(words).anyMatch(word -> skip(word));
  }

  /// Skips these words if they come next, and returns whether they did.
  boolean skip(String... words) {
    if (!begins(words)) {
      return false;
    }
    at += words.length;
    return true;
  }

  /// Skips one token.
  void skipOne() {
    at++;
  }

  /// Reads a name with its schema, such as `public."Users"`; empty if none comes next.
  String name() {
    var name = new StringBuilder();
    while (!isEmpty() && first().isName()) {
      name.append('"').append(first().name()).append('"');
      at++;
      if (!skip(".")) {
        break;
      }
      name.append('.');
    }
    return name.toString();
  }

  /// Returns whether a word follows anywhere outside of parentheses.
  boolean has(String word) {
    return indexOf(word) >= 0;
  }

  /// Returns whether two adjacent words follow anywhere outside of parentheses.
  boolean has(String word, String next) {
    int depth = 0;
    for (int i = at; i + 1 < tokens.size(); i++) {
      depth += depth(tokens.get(i));
      if (depth == 0 && tokens.get(i).is(word) && tokens.get(i + 1).is(next)) {
        return true;
      }
    }
    return false;
  }

  private int indexOf(String word) {
    int depth = 0;
    for (int i = at; i < tokens.size(); i++) {
      depth += depth(tokens.get(i));
      if (depth == 0 && tokens.get(i).is(word)) {
        return i;
      }
    }
    return -1;
  }

  /// Returns the tokens after a word outside of parentheses; empty if the word is missing.
  TokenCursor behind(String word) {
    int index = indexOf(word);
    return new TokenCursor(index < 0 ? List.of() : tokens.subList(index + 1, tokens.size()));
  }

  /// Returns whether a word follows anywhere.
  boolean hasAnywhere(String word) {
    return rest().stream().anyMatch(token -> token.kind() == SqlToken.Kind.WORD && token.is(word));
  }

  /// Splits the rest at the commas outside of parentheses.
  List<TokenCursor> parts() {
    var parts = new ArrayList<TokenCursor>();
    int depth = 0;
    int begin = at;
    for (int i = at; i < tokens.size(); i++) {
      depth += depth(tokens.get(i));
      if (depth == 0 && tokens.get(i).is(",")) {
        parts.add(new TokenCursor(tokens.subList(begin, i)));
        begin = i + 1;
      }
    }
    parts.add(new TokenCursor(tokens.subList(Math.min(begin, tokens.size()), tokens.size())));
    return parts;
  }

  private static int depth(SqlToken token) {
    if (token.is("(") || token.is("[")) {
      return 1;
    }
    return token.is(")") || token.is("]") ? -1 : 0;
  }
}
