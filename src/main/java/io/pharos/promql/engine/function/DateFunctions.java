package io.pharos.promql.engine.function;

import io.pharos.model.GoMath;
import java.time.Month;

/// Returns the date fields (UTC) of a Unix time in seconds. Times are 64-bit integers. As in Go,
/// larger values and NaN are converted to the minimum integer. Because of an overflow, its date is
/// in December of the year 292277026596.
final class DateFunctions {
  private static final long SECONDS_PER_DAY = 86_400;
  private static final int DAYS_PER_ERA = 146_097;
  private static final int YEARS_PER_ERA = 400;

  /// Number of eras (400 years) from the earliest year of Go's calendar to year zero, both from the
  /// first of March.
  private static final long ERAS_BEFORE_ZERO = 730_692_556;

  private static final int DAYS_FROM_ZERO_TO_UNIX = 719_468;

  private DateFunctions() {}

  static double minute(double seconds) {
    long minute = secondOfDay(seconds) / 60 % 60;
    return minute;
  }

  static double hour(double seconds) {
    long hour = secondOfDay(seconds) / 3_600;
    return hour;
  }

  static double dayOfMonth(double seconds) {
    return Date.of(seconds).day;
  }

  /// Returns the day of the week; 0 is Sunday.
  static double dayOfWeek(double seconds) {
    // day 0 is a first of March and a Wednesday
    return (dayNumber(seconds) + 3) % 7;
  }

  static double dayOfYear(double seconds) {
    Date date = Date.of(seconds);
    return Month.of(date.month).firstDayOfYear(date.isLeapYear()) + date.day - 1;
  }

  static double daysInMonth(double seconds) {
    Date date = Date.of(seconds);
    return Month.of(date.month).length(date.isLeapYear());
  }

  static double month(double seconds) {
    return Date.of(seconds).month;
  }

  static double year(double seconds) {
    return Date.of(seconds).year;
  }

  private static long secondOfDay(double seconds) {
    return Long.remainderUnsigned(sinceFirstDay(seconds), SECONDS_PER_DAY);
  }

  private static long dayNumber(double seconds) {
    return Long.divideUnsigned(sinceFirstDay(seconds), SECONDS_PER_DAY);
  }

  /// Returns the number of seconds since the first day of the calendar, up to 2^64 (unsigned).
  private static long sinceFirstDay(double seconds) {
    long daysBeforeUnix = ERAS_BEFORE_ZERO * DAYS_PER_ERA + DAYS_FROM_ZERO_TO_UNIX;
    return GoMath.truncated(seconds) + daysBeforeUnix * SECONDS_PER_DAY;
  }

  private record Date(long year, int month, int day) {
    static Date of(double seconds) {
      long days = dayNumber(seconds);
      long era = days / DAYS_PER_ERA;
      int dayOfEra = (int) (days % DAYS_PER_ERA);
      int yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
      int dayFromMarch = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
      int monthFromMarch = (5 * dayFromMarch + 2) / 153;
      int day = dayFromMarch - (153 * monthFromMarch + 2) / 5 + 1;
      int month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
      long year = yearOfEra + (era - ERAS_BEFORE_ZERO) * YEARS_PER_ERA;
      return new Date(month <= 2 ? year + 1 : year, month, day);
    }

    boolean isLeapYear() {
      return Math.floorMod(year, 4) == 0
          && (Math.floorMod(year, 100) != 0 || Math.floorMod(year, 400) == 0);
    }
  }
}
