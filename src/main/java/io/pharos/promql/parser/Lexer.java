package io.pharos.promql.parser;

import io.pharos.model.Quoted;
import io.pharos.promql.ast.Span;
import io.pharos.promql.parser.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/// Splits a query into tokens. Comments (`#` to the end of the line) and white space are left out.
final class Lexer {
  private final String text;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int brackets;

  private Lexer(String text) {
    this.text = text;
  }

  /// The tokens of a text, the last of them [Kind#END].
  static List<Token> tokens(String text) {
    var lexer = new Lexer(text);
    while (lexer.next()) {
      // next() collects the tokens
    }
    return List.copyOf(lexer.tokens);
  }

  private boolean next() {
    skipBlank();
    if (at == text.length()) {
      add(Kind.END, at, at);
      return false;
    }
    char c = text.charAt(at);
    if (isDigit(c) || (c == '.' && isDigit(peek(1)))) {
      number();
    } else if (isLetter(c) || (c == ':' && brackets == 0)) {
      identifier();
    } else if (c == '"' || c == '\'' || c == '`') {
      int start = at;
      var literal = StringLiterals.read(text, at);
      at = literal.end();
      tokens.add(new Token(Kind.STRING, literal.value(), new Span(start, at)));
    } else {
      symbol(c);
    }
    return true;
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

  private void symbol(char c) {
    char second = peek(1);
    Kind kind =
        switch (c) {
          case '(' -> Kind.LEFT_PAREN;
          case ')' -> Kind.RIGHT_PAREN;
          case '{' -> Kind.LEFT_BRACE;
          case '}' -> Kind.RIGHT_BRACE;
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
          case '=' ->
              switch (second) {
                case '=' -> Kind.EQUAL;
                case '~' -> Kind.REGEX;
                default -> Kind.ASSIGN;
              };
          case '!' ->
              switch (second) {
                case '=' -> Kind.NOT_EQUAL;
                case '~' -> Kind.NOT_REGEX;
                default ->
                    throw new ParseException(
                        text,
                        at,
                        "unexpected character "
                            + (second == 0 ? "end of input" : printable(second))
                            + " after '!', expected '=' or '~'");
              };
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
          default ->
              throw new ParseException(
                  text, at, "unexpected character: " + printable((char) text.codePointAt(at)));
        };
    if (kind == Kind.LEFT_BRACKET) {
      brackets++;
    } else if (kind == Kind.RIGHT_BRACKET && brackets > 0) {
      brackets--;
    }
    add(kind, at, at + kind.expected().length() - 2);
  }

  private static String printable(char c) {
    return "'" + Quoted.of(String.valueOf(c)).replaceAll("^\"|\"$", "") + "'";
  }

  private void identifier() {
    int end = at;
    while (end < text.length()
        && (isLetter(text.charAt(end))
            || isDigit(text.charAt(end))
            || (text.charAt(end) == ':' && brackets == 0))) {
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
      throw new ParseException(
          text,
          at,
          "bad number or duration syntax: "
              + Quoted.of(text.substring(at, word))
              + ", expected for example 1.5, 0x1f, 5m or 1h30m");
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
}
