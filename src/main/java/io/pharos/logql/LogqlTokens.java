package io.pharos.logql;

import io.pharos.logql.LogqlToken.Kind;
import java.util.List;

/// Reads the tokens of a query one by one.
final class LogqlTokens {
  private final String text;
  private final List<LogqlToken> tokens;
  private int position;
  private int ranges;

  LogqlTokens(String text) {
    this.text = text;
    this.tokens = new LogqlLexer(text).tokens();
  }

  LogqlToken peek() {
    return tokens.get(position);
  }

  LogqlToken peekSecond() {
    return tokens.get(Math.min(position + 1, tokens.size() - 1));
  }

  LogqlToken next() {
    LogqlToken token = tokens.get(position);
    if (token.kind() != Kind.END) {
      position++;
    }
    return token;
  }

  /// Moves past the next token if it is this operator or bracket, and returns whether it was.
  boolean accept(String sign) {
    boolean isNext = peek().is(sign);
    if (isNext) {
      position++;
    }
    return isNext;
  }

  /// Moves past the next token if it is this name, and returns whether it was.
  boolean acceptName(String name) {
    boolean isNext = peek().isName(name);
    if (isNext) {
      position++;
    }
    return isNext;
  }

  void expect(String sign) {
    if (!accept(sign)) {
      throw unexpected("\"" + sign + "\"");
    }
  }

  LogqlToken expect(Kind kind) {
    if (peek().kind() != kind) {
      throw unexpected(kind.description());
    }
    return next();
  }

  LogqlToken expectDuration(String expected) {
    if (peek().kind() != Kind.DURATION) {
      throw unexpected(expected);
    }
    return next();
  }

  /// Increments the number of ranges that were read.
  void countRange() {
    ranges++;
  }

  int ranges() {
    return ranges;
  }

  LogqlException unexpected(String expected) {
    return error(peek(), "expected " + expected + ", found " + peek().quoted());
  }

  LogqlException error(LogqlToken token, String reason) {
    return new LogqlException(text, token.offset(), reason);
  }
}
