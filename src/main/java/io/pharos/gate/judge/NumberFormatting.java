package io.pharos.gate.judge;

import io.pharos.model.PromDuration;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Formats numbers in verdicts.
final class NumberFormatting {
  private NumberFormatting() {}

  /// Formats a fraction: `6.3 %`.
  static String percent(double fraction) {
    String digits = fraction > 0 && fraction < 0.01 ? "%.3f %%" : "%.1f %%";
    return String.format(Locale.ROOT, digits, fraction * 100);
  }

  /// Formats evidence as odds: `148:1`.
  ///
  /// @param log natural logarithm of the evidence
  static String odds(double log) {
    if (log > Math.log(1e6)) {
      return "more than 1000000:1";
    }
    double value = Math.exp(log);
    return String.format(Locale.ROOT, value < 10 ? "%.2f:1" : "%.0f:1", value);
  }

  /// Returns the end of a sentence that says when enough requests will have arrived; empty if
  /// unknown.
  static String eta(@Nullable Long seconds) {
    return seconds == null ? "" : ", in about " + PromDuration.format(seconds * 1000);
  }

  /// Formats a number with four significant digits.
  static String number(double value) {
    if (value == 0 || !Double.isFinite(value)) {
      return value == 0 ? "0" : String.valueOf(value);
    }
    return new BigDecimal(value, new MathContext(4)).stripTrailingZeros().toPlainString();
  }
}
