package io.pharos.logql;

import io.pharos.logql.LogqlToken.Kind;
import java.util.List;

/// Reads the tokens of a query one by one.
final class LogqlTokens {
  private final String text;
  private final List<LogqlToken> tokens;
  private int at;
  private int ranges;

  LogqlTokens(String text) {
    this.text = text;
    this.tokens = new LogqlLexer(text).tokens();
  }

  LogqlToken peek() {
    return tokens.get(at);
  }

  LogqlToken peekSecond() {
    return tokens.get(Math.min(at + 1, tokens.size() - 1));
  }

  LogqlToken next() {
    LogqlToken token = tokens.get(at);
    if (token.kind() != Kind.END) {
      at++;
    }
    return token;
  }

  boolean take(String sign) {
    boolean isThere = peek().is(sign);
    if (isThere) {
      at++;
    }
    return isThere;
  }

  boolean takeName(String name) {
    boolean isThere = peek().isName(name);
    if (isThere) {
      at++;
    }
    return isThere;
  }

  void expect(String sign) {
    if (!take(sign)) {
      throw unexpected(sign);
    }
  }

  LogqlToken expect(Kind kind) {
    if (peek().kind() != kind) {
      throw unexpected(kind.words());
    }
    return next();
  }

  LogqlToken expectDuration(String words) {
    if (peek().kind() != Kind.DURATION) {
      throw unexpected(words);
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
    return error(peek(), "expected " + expected + ", found " + peek().shown());
  }

  LogqlException error(LogqlToken where, String reason) {
    return new LogqlException(text, where.offset(), reason);
  }
}
