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
  private int position;

  TokenReader(String text) {
    this(text, new RegexBudget());
  }

  /// Creates a reader of the tokens of a text.
  ///
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
    return tokens.get(position);
  }

  Token peekSecond() {
    return tokens.get(Math.min(position + 1, tokens.size() - 1));
  }

  /// Returns the last consumed token.
  Token previous() {
    return tokens.get(Math.max(0, position - 1));
  }

  /// Returns the next token and moves past it.
  Token next() {
    Token token = tokens.get(position);
    if (!token.is(Kind.END) && !token.is(Kind.ERROR)) {
      position++;
    }
    return token;
  }

  /// Moves past the next token if it is of this kind, and returns whether it is.
  boolean accept(Kind kind) {
    if (!peek().is(kind)) {
      return false;
    }
    next();
    return true;
  }

  /// Moves past the next token if it is this keyword, and returns whether it is.
  boolean acceptWord(String word) {
    if (!peek().isWord(word)) {
      return false;
    }
    next();
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
    return next();
  }

  /// Creates the error that the next token is not the expected one.
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

  /// Parses a parenthesized list of label names. A name that is not an identifier needs quotes.
  List<String> labelList(String context) {
    expect(Kind.LEFT_PAREN, context);
    var names = new ArrayList<String>();
    while (!peek().is(Kind.RIGHT_PAREN)) {
      names.add(labelName(context));
      if (!accept(Kind.COMMA)) {
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
    return next().text();
  }

  /// Returns whether a string literal was valid UTF-8. The lexer replaces invalid bytes by lone
  /// surrogates.
  static boolean isValidText(String value) {
    return value.codePoints().noneMatch(c -> c >= 0xd800 && c <= 0xdfff);
  }

  void refuseIf(boolean condition, Span span, String reason) {
    if (condition) {
      throw error(span, reason);
    }
  }
}
