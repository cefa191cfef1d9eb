package io.pharos.template.value;

import java.time.Instant;

/// Formats numbers for people, like Prometheus' template functions of the same names.
public final class Humanize {
  private static final String[] LARGE = {"", "k", "M", "G", "T", "P", "E", "Z", "Y"};
  private static final String[] SMALL = {"", "m", "u", "n", "p", "f", "a", "z", "y"};
  private static final String[] BINARY = {"", "ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"};

  private Humanize() {}

  /// Formats a number with a metric prefix, such as `1.2k`.
  public static String si(double value) {
    if (value == 0 || !Double.isFinite(value)) {
      return GoNumber.fourDigits(value);
    }
    return Math.abs(value) >= 1 ? scaled(value, LARGE, 1000, "") : small(value, "");
  }

  /// Formats a number with a binary prefix, such as `1.2ki`.
  public static String binary(double value) {
    if (Math.abs(value) <= 1 || !Double.isFinite(value)) {
      return GoNumber.fourDigits(value);
    }
    return scaled(value, BINARY, 1024, "");
  }

  private static String scaled(double value, String[] prefixes, int base, String unit) {
    double scaled = value;
    int i = 0;
    while (i < prefixes.length - 1 && Math.abs(scaled) >= base) {
      scaled /= base;
      i++;
    }
    return GoNumber.fourDigits(scaled) + prefixes[i] + unit;
  }

  private static String small(double value, String unit) {
    double scaled = value;
    int i = 0;
    while (i < SMALL.length - 1 && Math.abs(scaled) < 1) {
      scaled *= 1000;
      i++;
    }
    return GoNumber.fourDigits(scaled) + SMALL[i] + unit;
  }

  /// Formats a ratio as a percentage, such as `12.5%`.
  public static String percentage(double value) {
    return GoNumber.fourDigits(value * 100) + "%";
  }

  /// Formats a duration in seconds, such as `1d 2h 3m 4s`, `4.5s` or `1.2ms`.
  public static String duration(double value) {
    if (!Double.isFinite(value)) {
      return GoNumber.fourDigits(value);
    }
    if (value == 0) {
      return GoNumber.fourDigits(value) + "s";
    }
    if (Math.abs(value) < 1) {
      return small(value, "s");
    }
    String sign = value < 0 ? "-" : "";
    double magnitude = Math.abs(value);
    long whole = (long) magnitude;
    long seconds = whole % 60;
    long minutes = whole / 60 % 60;
    long hours = whole / 3600 % 24;
    long days = whole / 86_400;
    if (days != 0) {
      return "%s%dd %dh %dm %ds".formatted(sign, days, hours, minutes, seconds);
    }
    if (hours != 0) {
      return "%s%dh %dm %ds".formatted(sign, hours, minutes, seconds);
    }
    if (minutes != 0) {
      return "%s%dm %ds".formatted(sign, minutes, seconds);
    }
    return sign + GoNumber.fourDigits(magnitude) + "s";
  }

  /// Formats Unix seconds as Go prints a time.
  public static String timestamp(double seconds) {
    return Double.isFinite(seconds) ? time(seconds).toString() : GoNumber.fourDigits(seconds);
  }

  /// Converts Unix seconds to a time with a resolution of a millisecond.
  ///
  /// @throws IllegalArgumentException if the seconds are out of range
  public static TimeValue time(double seconds) {
    if (!Double.isFinite(seconds) || Math.abs(seconds) > Long.MAX_VALUE / 1e9) {
      throw new IllegalArgumentException(
          io.pharos.model.GoFloat.general(seconds) + " cannot be represented as a time");
    }
    return TimeValue.of(Instant.ofEpochMilli((long) (seconds * 1e9) / 1_000_000));
  }
}
