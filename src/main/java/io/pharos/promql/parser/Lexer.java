package io.pharos.promql.parser;

import io.pharos.model.Quoted;
import io.pharos.promql.ast.Span;
import io.pharos.promql.parser.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/// Splits a query into tokens. Skips white space and comments (`#` to the end of the line). Invalid
/// input becomes an error token instead of an exception, so that the parser first reports errors in
/// the tokens before it.
final class Lexer {
  private final String text;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int parens;
  private boolean braces;
  private boolean brackets;
  private boolean colon;

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
      if (at == text.length()) {
        requireClosed();
        add(Kind.END, at, at);
        return false;
      }
      char c = text.charAt(at);
      if (c == '"' || c == '\'' || c == '`') {
        int start = at;
        var literal = StringLiterals.read(text, at);
        at = literal.end();
        tokens.add(new Token(Kind.STRING, literal.value(), new Span(start, at)));
      } else if (isLetter(c) || (c == ':' && !brackets && !braces)) {
        identifier();
      } else if (braces) {
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
    refuseIf(braces, at, "unexpected end of input inside braces");
    refuseIf(parens > 0, at, "unclosed left parenthesis");
    refuseIf(brackets, at, "unclosed left bracket");
  }

  private ParseException error(int offset, String reason) {
    return new ParseException(text, offset, reason);
  }

  private void skipBlank() {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '#') {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
      } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        at++;
      } else {
        return;
      }
    }
  }

  /// Lexes the content of braces: label names, strings and operators only.
  private void inBraces(char c) {
    switch (c) {
      case ',' -> add(Kind.COMMA, at, at + 1);
      case '=' -> {
        boolean regex = peek(1) == '~';
        add(regex ? Kind.REGEX : Kind.ASSIGN, at, at + (regex ? 2 : 1));
      }
      case '!' -> {
        if (peek(1) != '=' && peek(1) != '~') {
          throw error(at, "unexpected character after '!' inside braces: " + quoted(at + 1));
        }
        add(peek(1) == '=' ? Kind.NOT_EQUAL : Kind.NOT_REGEX, at, at + 2);
      }
      case '}' -> {
        braces = false;
        add(Kind.RIGHT_BRACE, at, at + 1);
      }
      case '{' -> throw error(at, "unexpected left brace '{'");
      default -> throw error(at, "unexpected character inside braces: " + quoted(at));
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
            refuseIf(second == '~', at, "unexpected character after '=': '~'");
            yield second == '=' ? Kind.EQUAL : Kind.ASSIGN;
          }
          case '!' -> {
            if (second != '=') {
              throw error(at, "unexpected character after '!': " + quoted(at + 1));
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
          case '}' -> throw error(at, "unexpected right brace '}'");
          default -> throw error(at, "unexpected character: " + quoted(at));
        };
    nest(kind);
    add(kind, at, at + kind.expected().length() - 2);
  }

  /// Tracks open brackets. Error positions are those of Prometheus.
  private void nest(Kind kind) {
    if (kind == Kind.LEFT_PAREN) {
      parens++;
    } else if (kind == Kind.RIGHT_PAREN && --parens < 0) {
      throw error(at + 1, "unexpected right parenthesis ')'");
    } else if (kind == Kind.LEFT_BRACE) {
      braces = true;
    } else if (kind == Kind.LEFT_BRACKET) {
      refuseIf(brackets, at, "unexpected left bracket '['");
      brackets = true;
      colon = false;
    } else if (kind == Kind.RIGHT_BRACKET) {
      refuseIf(!brackets, at, "unexpected right bracket ']'");
      brackets = false;
    } else if (kind == Kind.COLON) {
      refuseIf(colon, at, "unexpected colon ':'");
      colon = true;
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
    int end = at;
    while (end < text.length()
        && (isLetter(text.charAt(end))
            || isDigit(text.charAt(end))
            || (text.charAt(end) == ':' && !brackets && !braces))) {
      end++;
    }
    add(Kind.IDENTIFIER, at, end);
  }

  private void number() {
    int end = at;
    if (text.charAt(at) == '0' && (peek(1) == 'x' || peek(1) == 'X')) {
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
      add(Kind.NUMBER, at, end);
    } else if (isDuration(text.substring(at, word))) {
      add(Kind.DURATION, at, word);
    } else {
      throw error(
          at,
          "bad number or duration syntax: %s, expected for example 1.5, 0x1f, 5m or 1h30m"
              .formatted(Quoted.of(text.substring(at, word))));
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
    at = end;
  }

  private char peek(int ahead) {
    return at + ahead < text.length() ? text.charAt(at + ahead) : 0;
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

  private void refuseIf(boolean wrong, int offset, String reason) {
    if (wrong) {
      throw error(offset, reason);
    }
  }
}
