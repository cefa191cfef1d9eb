package io.pharos.promql.engine;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.function.ToDoubleFunction;

/// Parts of a date in UTC, of a time in Unix seconds; NaN for times that no calendar reaches.
final class DateFunctions {
  private DateFunctions() {}

  static double minute(double seconds) {
    return part(seconds, LocalDateTime::getMinute);
  }

  static double hour(double seconds) {
    return part(seconds, LocalDateTime::getHour);
  }

  static double dayOfMonth(double seconds) {
    return part(seconds, LocalDateTime::getDayOfMonth);
  }

  /// 0 is Sunday.
  static double dayOfWeek(double seconds) {
    return part(seconds, time -> time.getDayOfWeek().getValue() % 7);
  }

  static double dayOfYear(double seconds) {
    return part(seconds, LocalDateTime::getDayOfYear);
  }

  static double daysInMonth(double seconds) {
    return part(seconds, time -> YearMonth.from(time).lengthOfMonth());
  }

  static double month(double seconds) {
    return part(seconds, LocalDateTime::getMonthValue);
  }

  static double year(double seconds) {
    return part(seconds, LocalDateTime::getYear);
  }

  private static double part(double seconds, ToDoubleFunction<LocalDateTime> part) {
    if (Double.isNaN(seconds)) {
      return Double.NaN;
    }
    try {
      var instant = Instant.ofEpochSecond((long) seconds);
      return part.applyAsDouble(LocalDateTime.ofInstant(instant, ZoneOffset.UTC));
    } catch (DateTimeException _) {
      // beyond the calendar
      return Double.NaN;
    }
  }
}
