package io.pharos.migration.lint;

import io.pharos.migration.sql.SqlToken;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Reads a list of tokens from the first to the last.
final class TokenCursor {
  private final List<SqlToken> tokens;
  private int position;

  TokenCursor(List<SqlToken> tokens) {
    this.tokens = tokens;
  }

  boolean isEmpty() {
    return position >= tokens.size();
  }

  SqlToken first() {
    return tokens.get(Math.min(position, tokens.size() - 1));
  }

  List<SqlToken> rest() {
    return tokens.subList(Math.min(position, tokens.size()), tokens.size());
  }

  /// Returns whether the next tokens are these words.
  boolean begins(String... words) {
    for (int i = 0; i < words.length; i++) {
      if (position + i >= tokens.size() || !tokens.get(position + i).is(words[i])) {
        return false;
      }
    }
    return true;
  }

  /// Returns whether the next tokens are the words of one of these phrases.
  boolean beginsAny(String... phrases) {
    return Stream.of(phrases).anyMatch(phrase -> begins(phrase.split(" ")));
  }

  /// Skips the next token if it is one of these words, and returns whether it was skipped.
  boolean skipAny(String... words) {
    return Stream.of(words).anyMatch(word -> skip(word));
  }

  /// Skips the next tokens if they are these words, and returns whether they were skipped.
  boolean skip(String... words) {
    if (!begins(words)) {
      return false;
    }
    position += words.length;
    return true;
  }

  /// Skips one token.
  void skipOne() {
    position++;
  }

  /// Reads a name with its schema, such as `public."Users"`, and returns it with all parts in
  /// quotes. Empty if the next token is not a name.
  String name() {
    var name = new StringBuilder();
    while (!isEmpty() && first().isName()) {
      name.append('"').append(first().name()).append('"');
      position++;
      if (!skip(".")) {
        break;
      }
      name.append('.');
    }
    return name.toString();
  }

  /// Returns whether the remaining tokens contain a word outside parentheses.
  boolean has(String word) {
    return indexOf(word) >= 0;
  }

  /// Returns whether the remaining tokens contain two adjacent words outside parentheses.
  boolean has(String word, String next) {
    int depth = 0;
    for (int i = position; i + 1 < tokens.size(); i++) {
      depth += depth(tokens.get(i));
      if (depth == 0 && tokens.get(i).is(word) && tokens.get(i + 1).is(next)) {
        return true;
      }
    }
    return false;
  }

  private int indexOf(String word) {
    int depth = 0;
    for (int i = position; i < tokens.size(); i++) {
      depth += depth(tokens.get(i));
      if (depth == 0 && tokens.get(i).is(word)) {
        return i;
      }
    }
    return -1;
  }

  /// Returns the tokens after the first occurrence of a word outside parentheses; no tokens if
  /// there is none.
  TokenCursor behind(String word) {
    int index = indexOf(word);
    return new TokenCursor(index < 0 ? List.of() : tokens.subList(index + 1, tokens.size()));
  }

  /// Returns whether the remaining tokens contain a word, also inside parentheses.
  boolean hasAnywhere(String word) {
    return rest().stream().anyMatch(token -> token.kind() == SqlToken.Kind.WORD && token.is(word));
  }

  /// Splits the remaining tokens at the commas outside parentheses.
  List<TokenCursor> parts() {
    var parts = new ArrayList<TokenCursor>();
    int depth = 0;
    int begin = position;
    for (int i = position; i < tokens.size(); i++) {
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
