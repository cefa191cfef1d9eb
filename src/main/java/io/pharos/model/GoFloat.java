package io.pharos.model;

import static java.math.RoundingMode.HALF_EVEN;

import java.math.BigDecimal;
import java.math.MathContext;

/// Formats floats as Go does, because templates, JSON answers and exposition use Go's notation:
/// `+Inf`, `NaN`, and the shortest digits that read back as the same double.
public final class GoFloat {
  private GoFloat() {}

  /// Formats a number like Go's `strconv.FormatFloat(v, 'f', -1, 64)`, which never writes an
  /// exponent. Used for sample values in the HTTP API.
  public static String plain(double value) {
    if (!Double.isFinite(value)) {
      return special(value);
    }
    if (value == 0) {
      return isNegative(value) ? "-0" : "0";
    }
    String text = Double.toString(value);
    if (text.indexOf('E') >= 0) {
      return new BigDecimal(text).stripTrailingZeros().toPlainString();
    }
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }

  /// Formats a number for the HTTP API's JSON: like [#plain], but with an exponent below 1e-6 and
  /// from 1e21 on.
  public static String json(double value) {
    double magnitude = Math.abs(value);
    boolean extreme = magnitude != 0 && (magnitude < 1e-6 || magnitude >= 1e21);
    return extreme ? exponent(value) : plain(value);
  }

  /// Formats a number like Go's `%v` (`strconv.FormatFloat(v, 'g', -1, 64)`): with an exponent
  /// below 1e-4 and from 1e6 on, as in `0.1`, `1e+06`, `1e-05`. Used for `{{ $value }}`.
  public static String general(double value) {
    if (!Double.isFinite(value)) {
      return special(value);
    }
    if (value == 0) {
      return plain(value);
    }
    return general(new BigDecimal(Double.toString(value)), 6);
  }

  /// Formats a number like Go's `%.2g`, with any number of significant digits instead of 2.
  public static String rounded(double value, int digits) {
    return Double.isFinite(value) && value != 0
        ? general(new BigDecimal(value).round(new MathContext(digits, HALF_EVEN)), digits)
        : general(value);
  }

  /// Formats a number without or with an exponent.
  ///
  /// @param digitsBeforePoint number of digits before the point from which an exponent is used
  private static String general(BigDecimal value, int digitsBeforePoint) {
    BigDecimal decimal = value.stripTrailingZeros();
    String digits = decimal.unscaledValue().abs().toString();
    int exponent = digits.length() - 1 - decimal.scale();
    return exponent < -4 || exponent >= digitsBeforePoint
        ? exponentForm(value.signum() < 0, digits, exponent)
        : decimal.toPlainString();
  }

  /// Formats a number like Go's `strconv.FormatFloat(v, 'e', -1, 64)`: `1e+00`. Used for
  /// `/api/v1/alerts`.
  public static String exponent(double value) {
    if (!Double.isFinite(value)) {
      return special(value);
    }
    if (value == 0) {
      return isNegative(value) ? "-0e+00" : "0e+00";
    }
    return general(new BigDecimal(Double.toString(value)), Integer.MIN_VALUE);
  }

  private static String exponentForm(boolean negative, String digits, int exponent) {
    var text = new StringBuilder(negative ? "-" : "").append(digits.charAt(0));
    if (digits.length() > 1) {
      text.append('.').append(digits, 1, digits.length());
    }
    text.append('e').append(exponent < 0 ? '-' : '+');
    int magnitude = Math.abs(exponent);
    if (magnitude < 10) {
      text.append('0');
    }
    return text.append(magnitude).toString();
  }

  private static String special(double value) {
    return Double.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  }

  private static boolean isNegative(double value) {
    return Double.doubleToRawLongBits(value) < 0;
  }

  /// Formats a number like Go's `%f`, with six digits after the decimal point.
  public static String fixed(double value) {
    return fixed(value, 6);
  }

  /// Formats a number like Go's `%.6f`, with any number of digits instead of 6.
  public static String fixed(double value, int digits) {
    if (!Double.isFinite(value)) {
      return general(value);
    }
    String text = new BigDecimal(value).setScale(digits, HALF_EVEN).toPlainString();
    return isNegative(value) && !text.startsWith("-") ? "-" + text : text;
  }
}
