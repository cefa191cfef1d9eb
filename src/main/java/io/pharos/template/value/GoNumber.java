package io.pharos.template.value;

import io.pharos.model.GoFloat;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/// Formats numbers like Go's `strconv.FormatFloat`.
final class GoNumber {
  private GoNumber() {}

  /// Formats a number.
  ///
  /// @param letter one of e, E, f, F, g, G, x, X
  /// @param precision number of digits after the point; for g and G, of significant digits. A
  ///   negative precision means 6; for g and G, as many digits as are needed to parse the same
  ///   value
  static String format(double value, char letter, int precision) {
    if (!Double.isFinite(value)) {
      return GoFloat.general(value);
    }
    return switch (letter) {
      case 'f', 'F' -> GoFloat.fixed(value, precision < 0 ? 6 : precision);
      case 'e' -> exponent(value, precision < 0 ? 6 : precision);
      case 'E' -> exponent(value, precision < 0 ? 6 : precision).toUpperCase(Locale.ROOT);
      case 'g' -> general(value, precision);
      case 'G' -> general(value, precision).toUpperCase(Locale.ROOT);
      case 'x' -> hex(value);
      case 'X' -> hex(value).toUpperCase(Locale.ROOT);
      default -> throw new IllegalArgumentException("bad float format " + letter);
    };
  }

  /// Formats a number like `%.4g`, as the humanize functions do.
  static String fourDigits(double value) {
    return format(value, 'g', 4);
  }

  private static String exponent(double value, int precision) {
    var rounded =
        new BigDecimal(value).round(new MathContext(precision + 1, RoundingMode.HALF_EVEN));
    String digits = rounded.unscaledValue().abs().toString();
    int power = value == 0 ? 0 : digits.length() - 1 - rounded.scale();
    digits += "0".repeat(Math.max(0, precision + 1 - digits.length()));
    String fraction = precision > 0 ? "." + digits.substring(1, precision + 1) : "";
    return (isNegative(value) ? "-" : "") + digits.charAt(0) + fraction + "e" + power(power);
  }

  private static String general(double value, int precision) {
    return precision < 0 ? GoFloat.general(value) : GoFloat.rounded(value, Math.max(1, precision));
  }

  private static String power(int power) {
    return (power < 0 ? "-" : "+") + "%02d".formatted(Math.abs(power));
  }

  /// Formats a number in hexadecimal, such as `0x1.8p+01`.
  private static String hex(double value) {
    String java = Double.toHexString(value).replace(".0p", "p");
    int p = java.indexOf('p');
    return java.substring(0, p) + "p" + power(Integer.parseInt(java.substring(p + 1)));
  }

  private static boolean isNegative(double value) {
    return Double.doubleToRawLongBits(value) < 0;
  }
}
