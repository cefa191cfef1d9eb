package io.pharos.promql.parser;

import io.pharos.model.LabelName;
import io.pharos.model.Quoted;
import io.pharos.model.RegexBudget;
import io.pharos.promql.ast.Span;
import io.pharos.promql.parser.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/// Reads tokens one by one and creates error messages.
final class TokenReader {
  private final String text;
  private final List<Token> tokens;
  private final RegexBudget regexes;
  private int at;

  TokenReader(String text) {
    this(text, new RegexBudget());
  }

  /// @param regexes budget for all regular expressions in the text
  TokenReader(String text, RegexBudget regexes) {
    this.regexes = regexes;
    this.text = text;
    this.tokens = Lexer.tokens(text);
  }

  RegexBudget regexes() {
    return regexes;
  }

  Token peek() {
    return tokens.get(at);
  }

  Token peekSecond() {
    return tokens.get(Math.min(at + 1, tokens.size() - 1));
  }

  /// Returns the last consumed token.
  Token previous() {
    return tokens.get(Math.max(0, at - 1));
  }

  Token take() {
    Token token = tokens.get(at);
    if (!token.is(Kind.END) && !token.is(Kind.ERROR)) {
      at++;
    }
    return token;
  }

  boolean takeIf(Kind kind) {
    if (!peek().is(kind)) {
      return false;
    }
    take();
    return true;
  }

  boolean takeIfWord(String word) {
    if (!peek().isWord(word)) {
      return false;
    }
    take();
    return true;
  }

  Token expect(Kind kind, String context) {
    return expect(kind, context, kind.expected());
  }

  /// Consumes the next token. If the token is of another kind, throws an error that says what was
  /// `expected`.
  Token expect(Kind kind, String context, String expected) {
    if (!peek().is(kind)) {
      throw unexpected(context, expected);
    }
    return take();
  }

  /// Creates an error that the next token was not expected.
  ParseException unexpected(String context, String expected) {
    Token found = peek();
    if (found.is(Kind.ERROR)) {
      return error(found.span(), found.text());
    }
    return error(
        found.span(),
        "unexpected " + found.found(text) + " in " + context + ", expected " + expected);
  }

  ParseException error(Span span, String reason) {
    return new ParseException(text, span.start(), reason);
  }

  /// Parses a parenthesized list of label names; other names than identifiers need quotes.
  List<String> labelList(String context) {
    expect(Kind.LEFT_PAREN, context);
    var names = new ArrayList<String>();
    while (!peek().is(Kind.RIGHT_PAREN)) {
      names.add(labelName(context));
      if (!takeIf(Kind.COMMA)) {
        break;
      }
    }
    expect(Kind.RIGHT_PAREN, context, "\",\" or \")\"");
    return names;
  }

  private String labelName(String context) {
    Token token = peek();
    if (token.is(Kind.STRING)) {
      if (token.text().isEmpty() || !isValidText(token.text())) {
        throw error(token.span(), "invalid label name " + Quoted.of(token.text()));
      }
    } else if (!token.is(Kind.IDENTIFIER) || !LabelName.isLegacy(token.text())) {
      throw unexpected(context, "label");
    }
    return take().text();
  }

  /// Returns whether a text contains no invalid UTF-8 bytes.
  static boolean isValidText(String value) {
    return value.codePoints().noneMatch(c -> c >= 0xd800 && c <= 0xdfff);
  }

  void refuseIf(boolean wrong, Span span, String reason) {
    if (wrong) {
      throw error(span, reason);
    }
  }
}
