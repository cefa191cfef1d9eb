package io.pharos.model;

import java.time.Duration;

/// Prometheus' notation for durations: `1h30m`, `15s`, `250ms`, `0`. The units are y (365 d), w, d,
/// h, m, s and ms, in this order, each at most once (prometheus/common `model.ParseDuration`).
public final class PromDuration {
  private static final String[] UNITS = {"y", "w", "d", "h", "m", "s", "ms"};
  private static final long[] MILLIS = {
    365L * 86_400_000, 7L * 86_400_000, 86_400_000, 3_600_000, 60_000, 1_000, 1
  };

  private PromDuration() {}

  /// Parses a duration.
  ///
  /// @throws IllegalArgumentException if the text is not in this notation, or exceeds 2^63
  ///   nanoseconds (about 292 years)
  public static Duration parse(String text) {
    return Duration.ofMillis(parseMillis(text));
  }

  /// Parses a duration like [#parse], and returns it in milliseconds.
  public static long parseMillis(String text) {
    if (text.equals("0")) {
      return 0;
    }
    long total = 0;
    int position = 0;
    int nextUnit = 0;
    while (position < text.length()) {
      int digits = position;
      while (digits < text.length() && Character.digit(text.charAt(digits), 10) >= 0) {
        digits++;
      }
      int end = digits;
      while (end < text.length() && Character.isLetter(text.charAt(end))) {
        end++;
      }
      int unit = unitIndex(text.substring(digits, end));
      if (digits == position || unit < nextUnit || digits - position > 15) {
        throw invalid(text);
      }
      try {
        long part = Math.multiplyExact(Long.parseLong(text, position, digits, 10), MILLIS[unit]);
        total = Math.addExact(total, part);
      } catch (ArithmeticException e) {
        throw new IllegalArgumentException("duration out of range: " + Quoted.of(text), e);
      }
      nextUnit = unit + 1;
      position = end;
    }
    if (text.isEmpty()) {
      throw new IllegalArgumentException("empty duration string");
    }
    if (total > Long.MAX_VALUE / 1_000_000) {
      throw new IllegalArgumentException("duration out of range: " + Quoted.of(text));
    }
    return total;
  }

  private static int unitIndex(String unit) {
    for (int i = 0; i < UNITS.length; i++) {
      if (UNITS[i].equals(unit)) {
        return i;
      }
    }
    return -1;
  }

  private static IllegalArgumentException invalid(String text) {
    return new IllegalArgumentException(
        "not a valid duration string: " + Quoted.of(text) + ", expected for example 1h30m or 15s");
  }

  /// Returns the shortest notation that [#parse] reads back: `0s`, `1h30m`, `250ms`. Weeks and
  /// years are used only if the duration is a whole number of them.
  public static String format(Duration duration) {
    return format(duration.toMillis());
  }

  /// Formats milliseconds like [#format(Duration)]; a negative duration has a leading minus.
  public static String format(long millis) {
    if (millis == 0) {
      return "0s";
    }
    var text = new StringBuilder(millis < 0 ? "-" : "");
    long rest = Math.abs(millis);
    for (int i = 0; i < UNITS.length; i++) {
      boolean onlyExact = i <= 1;
      if (rest >= MILLIS[i] && (!onlyExact || rest % MILLIS[i] == 0)) {
        text.append(rest / MILLIS[i]).append(UNITS[i]);
        rest %= MILLIS[i];
      }
    }
    return text.toString();
  }
}
