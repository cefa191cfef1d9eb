package io.pharos.promql.parser;

import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import io.pharos.promql.parser.Token.Kind;
import java.math.BigInteger;

/// Evaluates PromQL's number and duration tokens.
final class Numbers {
  private Numbers() {}

  /// Returns the value of a number or duration token.
  static double value(TokenReader reader, Token token) {
    try {
      return token.is(Kind.DURATION) ? seconds(token.text()) : number(token.text());
    } catch (IllegalArgumentException e) {
      throw reader.error(
          token.span(), "error parsing number " + Quoted.of(token.text()) + ": " + e.getMessage());
    }
  }

  /// Reads a number, a duration, `inf` or `nan`, with an optional sign.
  static double signed(TokenReader reader, String context, String expected) {
    boolean negative = reader.accept(Kind.SUBTRACT);
    if (!negative) {
      reader.accept(Kind.ADD);
    }
    Token token = reader.peek();
    double value;
    if (token.isWord("inf") || token.isWord("nan")) {
      value = token.isWord("inf") ? Double.POSITIVE_INFINITY : Double.NaN;
    } else if (token.is(Kind.NUMBER) || token.is(Kind.DURATION)) {
      value = value(reader, token);
    } else {
      throw reader.unexpected(context, expected);
    }
    reader.next();
    return negative ? -value : value;
  }

  /// Parses a number like Go: decimal, `0x` hexadecimal, octal with a leading zero, underscores
  /// between digits. Hexadecimal and octal numbers have at most 63 bits.
  ///
  /// @throws NumberFormatException if the text is not a number
  static double number(String text) {
    if (text.startsWith("_") || text.endsWith("_") || text.contains("__")) {
      throw new NumberFormatException("an underscore is allowed only between digits");
    }
    String digits = text.replace("_", "");
    if (digits.startsWith("0x") || digits.startsWith("0X")) {
      return unsigned(digits.substring(2), 16);
    }
    if (digits.length() > 1
        && digits.startsWith("0")
        && digits.chars().allMatch(Numbers::isOctal)
        && new BigInteger(digits, 8).bitLength() < 64) {
      return unsigned(digits, 8);
    }
    double value = Double.parseDouble(digits);
    if (Double.isInfinite(value)) {
      throw new NumberFormatException("value out of range");
    }
    return value;
  }

  /// Returns the seconds of a duration such as `1h30m`.
  ///
  /// @throws IllegalArgumentException if the text is not a duration
  static double seconds(String text) {
    return PromDuration.parseMillis(text) / 1000.0;
  }

  private static boolean isOctal(int c) {
    return c >= '0' && c <= '7';
  }

  private static double unsigned(String digits, int base) {
    if (digits.isEmpty()) {
      throw new NumberFormatException("expected digits after 0x");
    }
    var value = new BigInteger(digits, base);
    if (value.bitLength() > 63) {
      throw new NumberFormatException("value out of range");
    }
    return value.doubleValue();
  }
}
