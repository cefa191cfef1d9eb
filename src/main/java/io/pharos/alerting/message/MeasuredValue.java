package io.pharos.alerting.message;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Formats measured values for people: `26.32%` becomes `26 %`, with its limit `26 % (limit 10 %)`.
public final class MeasuredValue {
  /* Matches percentages and seconds as templates print them, but not numbers in URLs (`%2F`) or in
   * durations of several units (`1m 30s`). All repetitions are bounded, because annotations are
   * untrusted input. */
  private static final Pattern QUANTITY =
      Pattern.compile(
          "(?<![\\w.,:/-])(?<![dhm] )(-?\\d{1,30}(?:\\.\\d{1,30})?)[ \\u00a0]?(%|ms|s)(?![\\w%])");
  private static final Pattern LONG_NUMBER =
      Pattern.compile("-?\\d{1,30}\\.\\d{3,30}(?:e[+-]?\\d{1,3})?");
  private static final Pattern BOUND = Pattern.compile("(>=|<=|≥|≤|>|<)?\\s*(-?\\d.*)");
  private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

  private MeasuredValue() {}

  /// Normalizes and rounds percentages and seconds in a text. Numbers of up to three digits are not
  /// rounded, because they are short enough.
  public static String tidy(String text) {
    if (LONG_NUMBER.matcher(text).matches()) {
      return plain(text);
    }
    return QUANTITY
        .matcher(text)
        .replaceAll(
            found ->
                Matcher.quoteReplacement(
                    rounded(found.group(1), found.group(2).equals("%")) + " " + found.group(2)));
  }

  /// Normalizes a value. It is not rounded if the rounded value would equal its limit.
  public static String tidyValue(String value, String threshold) {
    String tidy = tidy(value);
    Matcher bound = BOUND.matcher(tidy(threshold));
    boolean looksEqual = bound.matches() && bound.group(2).equals(tidy);
    return looksEqual ? QUANTITY.matcher(value).replaceAll("$1 $2") : tidy;
  }

  /// Returns a value followed by its limit, both normalized.
  ///
  /// @param threshold the limit as the rule's author wrote it: `10 %`, `> 10 %` or words
  public static String against(String value, String threshold, Language language) {
    Matcher bound = BOUND.matcher(threshold);
    String text = threshold;
    if (bound.matches()) {
      boolean least = bound.group(1) != null && bound.group(1).matches("[<≤]=?");
      text = (least ? Phrase.AT_LEAST : Phrase.LIMIT).in(language, bound.group(2));
    }
    return Phrase.IN_BRACKETS.in(language, value, text);
  }

  private static String rounded(String number, boolean percent) {
    var value = new BigDecimal(number);
    if (value.precision() <= 3) {
      return number;
    }
    BigDecimal size = value.abs();
    int digits;
    if (percent && size.compareTo(BigDecimal.valueOf(90)) >= 0 && size.compareTo(HUNDRED) < 0) {
      // Near 100 %, two digits of the difference from 100 % are kept: 99.95 % must not become 100
      // %.
      BigDecimal missing = HUNDRED.subtract(size);
      digits = Math.max(0, missing.scale() - missing.precision() + 2);
    } else if (size.compareTo(BigDecimal.TEN) >= 0) {
      digits = 0;
    } else if (size.compareTo(BigDecimal.ONE) >= 0) {
      digits = 1;
    } else {
      return written(value.round(new MathContext(2)));
    }
    return written(value.setScale(Math.min(digits, value.scale()), RoundingMode.HALF_UP));
  }

  private static String plain(String number) {
    var value = new BigDecimal(number);
    return value.abs().compareTo(BigDecimal.valueOf(1000)) >= 0
        ? written(value.setScale(0, RoundingMode.HALF_UP))
        : written(value.round(new MathContext(4)));
  }

  private static String written(BigDecimal value) {
    BigDecimal shortest = value.stripTrailingZeros();
    return (shortest.scale() < 0 ? shortest.setScale(0) : shortest).toPlainString();
  }
}
