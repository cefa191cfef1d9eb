package io.pharos.adopt.init;

import java.math.BigDecimal;

/// Formats numbers for people.
final class NumberText {
  private NumberText() {}

  /// `1` for 1.0, `0.25`, `2500`; never an exponent.
  static String plain(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }
}
