package io.pharos.promql.parser;

import io.pharos.model.Quoted;
import io.pharos.promql.ast.Span;
import io.pharos.promql.parser.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/// Splits a query into tokens. Skips white space and comments (`#` to the end of the line). Invalid
/// input becomes an error token instead of an exception, so that the parser first reports errors in
/// the tokens before the invalid input.
final class Lexer {
  private final String text;
  private final List<Token> tokens = new ArrayList<>();
  private int position;
  private int openParens;
  private boolean insideBraces;
  private boolean insideBrackets;
  private boolean hasColon;

  private Lexer(String text) {
    this.text = text;
  }

  /// Returns the tokens of a text; the last is [Kind#END] or [Kind#ERROR].
  static List<Token> tokens(String text) {
    var lexer = new Lexer(text);
    while (lexer.next()) {
      // next() adds the tokens to the list
    }
    return List.copyOf(lexer.tokens);
  }

  private boolean next() {
    skipBlank();
    try {
      if (position == text.length()) {
        requireClosed();
        add(Kind.END, position, position);
        return false;
      }
      char c = text.charAt(position);
      if (c == '"' || c == '\'' || c == '`') {
        int start = position;
        var literal = StringLiterals.read(text, position);
        position = literal.end();
        tokens.add(new Token(Kind.STRING, literal.value(), new Span(start, position)));
      } else if (isLetter(c) || (c == ':' && !insideBrackets && !insideBraces)) {
        identifier();
      } else if (insideBraces) {
        inBraces(c);
      } else if (isDigit(c) || (c == '.' && isDigit(peek(1)))) {
        number();
      } else {
        symbol(c);
      }
      return true;
    } catch (ParseException e) {
      tokens.add(new Token(Kind.ERROR, e.reason(), new Span(e.offset(), e.offset())));
      return false;
    }
  }

  private void requireClosed() {
    refuseIf(insideBraces, position, "unexpected end of input inside braces");
    refuseIf(openParens > 0, position, "unclosed left parenthesis");
    refuseIf(insideBrackets, position, "unclosed left bracket");
  }

  private ParseException error(int offset, String reason) {
    return new ParseException(text, offset, reason);
  }

  private void skipBlank() {
    while (position < text.length()) {
      char c = text.charAt(position);
      if (c == '#') {
        int end = text.indexOf('\n', position);
        position = end < 0 ? text.length() : end;
      } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        position++;
      } else {
        return;
      }
    }
  }

  /// Lexes the content of braces: label names, strings and operators only.
  private void inBraces(char c) {
    switch (c) {
      case ',' -> add(Kind.COMMA, position, position + 1);
      case '=' -> {
        boolean regex = peek(1) == '~';
        add(regex ? Kind.REGEX : Kind.ASSIGN, position, position + (regex ? 2 : 1));
      }
      case '!' -> {
        if (peek(1) != '=' && peek(1) != '~') {
          throw error(
              position, "unexpected character after '!' inside braces: " + quoted(position + 1));
        }
        add(peek(1) == '=' ? Kind.NOT_EQUAL : Kind.NOT_REGEX, position, position + 2);
      }
      case '}' -> {
        insideBraces = false;
        add(Kind.RIGHT_BRACE, position, position + 1);
      }
      case '{' -> throw error(position, "unexpected left brace '{'");
      default -> throw error(position, "unexpected character inside braces: " + quoted(position));
    }
  }

  private void symbol(char c) {
    char second = peek(1);
    Kind kind =
        switch (c) {
          case '(' -> Kind.LEFT_PAREN;
          case ')' -> Kind.RIGHT_PAREN;
          case '{' -> Kind.LEFT_BRACE;
          case '[' -> Kind.LEFT_BRACKET;
          case ']' -> Kind.RIGHT_BRACKET;
          case ',' -> Kind.COMMA;
          case ':' -> Kind.COLON;
          case '+' -> Kind.ADD;
          case '-' -> Kind.SUBTRACT;
          case '*' -> Kind.MULTIPLY;
          case '/' -> Kind.DIVIDE;
          case '%' -> Kind.MODULO;
          case '^' -> Kind.POWER;
          case '@' -> Kind.AT;
          case '=' -> {
            refuseIf(second == '~', position, "unexpected character after '=': '~'");
            yield second == '=' ? Kind.EQUAL : Kind.ASSIGN;
          }
          case '!' -> {
            if (second != '=') {
              throw error(position, "unexpected character after '!': " + quoted(position + 1));
            }
            yield Kind.NOT_EQUAL;
          }
          case '>' ->
              switch (second) {
                case '=' -> Kind.GREATER_OR_EQUAL;
                case '/' -> Kind.TRIM_LOWER;
                default -> Kind.GREATER;
              };
          case '<' ->
              switch (second) {
                case '=' -> Kind.LESS_OR_EQUAL;
                case '/' -> Kind.TRIM_UPPER;
                default -> Kind.LESS;
              };
          case '}' -> throw error(position, "unexpected right brace '}'");
          default -> throw error(position, "unexpected character: " + quoted(position));
        };
    nest(kind);
    add(kind, position, position + kind.expected().length() - 2);
  }

  /// Tracks open brackets. Errors have the same positions as in Prometheus.
  private void nest(Kind kind) {
    if (kind == Kind.LEFT_PAREN) {
      openParens++;
    } else if (kind == Kind.RIGHT_PAREN && --openParens < 0) {
      throw error(position + 1, "unexpected right parenthesis ')'");
    } else if (kind == Kind.LEFT_BRACE) {
      insideBraces = true;
    } else if (kind == Kind.LEFT_BRACKET) {
      refuseIf(insideBrackets, position, "unexpected left bracket '['");
      insideBrackets = true;
      hasColon = false;
    } else if (kind == Kind.RIGHT_BRACKET) {
      refuseIf(!insideBrackets, position, "unexpected right bracket ']'");
      insideBrackets = false;
    } else if (kind == Kind.COLON) {
      refuseIf(hasColon, position, "unexpected colon ':'");
      hasColon = true;
    }
  }

  /// Returns the character at an offset in quotes, for messages.
  private String quoted(int offset) {
    if (offset >= text.length()) {
      return "end of input";
    }
    String c = Character.toString(text.codePointAt(offset));
    return "'" + (c.equals("\"") ? c : Quoted.of(c).replaceAll("^\"|\"$", "")) + "'";
  }

  private void identifier() {
    int end = position;
    while (end < text.length()
        && (isLetter(text.charAt(end))
            || isDigit(text.charAt(end))
            || (text.charAt(end) == ':' && !insideBrackets && !insideBraces))) {
      end++;
    }
    add(Kind.IDENTIFIER, position, end);
  }

  private void number() {
    int end = position;
    if (text.charAt(position) == '0' && (peek(1) == 'x' || peek(1) == 'X')) {
      end += 2;
      while (end < text.length() && (isHex(text.charAt(end)) || text.charAt(end) == '_')) {
        end++;
      }
    } else {
      end = digits(end);
      if (end < text.length() && text.charAt(end) == '.') {
        end = digits(end + 1);
      }
      end = exponent(end);
    }
    int word = end;
    while (word < text.length() && (isLetter(text.charAt(word)) || isDigit(text.charAt(word)))) {
      word++;
    }
    if (word == end) {
      add(Kind.NUMBER, position, end);
    } else if (isDuration(text.substring(position, word))) {
      add(Kind.DURATION, position, word);
    } else {
      throw error(
          position,
          "bad number or duration syntax: %s, expected for example 1.5, 0x1f, 5m or 1h30m"
              .formatted(Quoted.of(text.substring(position, word))));
    }
  }

  private int digits(int from) {
    int end = from;
    while (end < text.length() && (isDigit(text.charAt(end)) || text.charAt(end) == '_')) {
      end++;
    }
    return end;
  }

  private int exponent(int from) {
    if (from >= text.length() || Character.toLowerCase(text.charAt(from)) != 'e') {
      return from;
    }
    int first = from + 1;
    if (first < text.length() && (text.charAt(first) == '+' || text.charAt(first) == '-')) {
      first++;
    }
    return first < text.length() && isDigit(text.charAt(first)) ? digits(first) : from;
  }

  private static boolean isDuration(String word) {
    boolean unit = true;
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      if (!isDigit(c) && "ywdhms".indexOf(c) < 0) {
        return false;
      }
      unit = !isDigit(c);
    }
    return unit;
  }

  private void add(Kind kind, int start, int end) {
    tokens.add(new Token(kind, text.substring(start, end), new Span(start, end)));
    position = end;
  }

  private char peek(int ahead) {
    return position + ahead < text.length() ? text.charAt(position + ahead) : 0;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  }

  private static boolean isHex(char c) {
    return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  }

  private void refuseIf(boolean condition, int offset, String reason) {
    if (condition) {
      throw error(offset, reason);
    }
  }
}
