package io.pharos.tsdb.prometheus;

import java.util.random.RandomGenerator;

/// Creates names of blocks: 48 bits of time and 80 random bits, in Crockford's base 32.
final class Ulid {
  private static final String DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  private static final int TIME_DIGITS = 10;
  private static final int RANDOM_DIGITS = 16;

  private Ulid() {}

  /// Creates a name.
  ///
  /// @param millis Unix milliseconds; names are ordered by it
  static String of(long millis, RandomGenerator random) {
    var text = new StringBuilder(TIME_DIGITS + RANDOM_DIGITS);
    for (int digit = TIME_DIGITS - 1; digit >= 0; digit--) {
      text.append(DIGITS.charAt((int) ((millis >>> (5 * digit)) & 31)));
    }
    for (int digit = 0; digit < RANDOM_DIGITS; digit++) {
      text.append(DIGITS.charAt(random.nextInt(DIGITS.length())));
    }
    return text.toString();
  }

  /// Whether a text is such a name.
  static boolean is(String text) {
    return text.length() == TIME_DIGITS + RANDOM_DIGITS
        && text.charAt(0) <= '7'
        && text.chars().allMatch(c -> DIGITS.indexOf(c) >= 0);
  }
}
