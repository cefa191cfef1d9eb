package io.pharos.config.alertmanager;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;

/// A recurring set of times. A time is in the set if each field contains the time: in one of its
/// ranges, or because the field has no ranges.
///
/// @param times minutes of the day, without the end
/// @param weekdays from 0 for Sunday to 6 for Saturday
/// @param daysOfMonth 1 to 31, or from -1 for the last day to -31
public record TimeInterval(
    List<Range> times,
    List<Range> weekdays,
    List<Range> daysOfMonth,
    List<Range> months,
    List<Range> years,
    ZoneId location) {
  public TimeInterval {
    times = List.copyOf(times);
    weekdays = List.copyOf(weekdays);
    daysOfMonth = List.copyOf(daysOfMonth);
    months = List.copyOf(months);
    years = List.copyOf(years);
  }

  /// A range that includes both bounds.
  public record Range(int begin, int end) {
    boolean contains(int value) {
      return begin <= value && value <= end;
    }
  }

  /// Returns whether an instant is in the set.
  public boolean contains(Instant instant) {
    ZonedDateTime time = instant.atZone(location);
    int minute = time.getHour() * 60 + time.getMinute();
    return (times.isEmpty()
            || times.stream().anyMatch(r -> r.begin() <= minute && minute < r.end()))
        && any(weekdays, time.getDayOfWeek().getValue() % 7)
        && (daysOfMonth.isEmpty() || daysOfMonth.stream().anyMatch(r -> containsDay(r, time)))
        && any(months, time.getMonthValue())
        && any(years, time.getYear());
  }

  private static boolean any(List<Range> ranges, int value) {
    return ranges.isEmpty() || ranges.stream().anyMatch(range -> range.contains(value));
  }

  /// Returns whether the day of the month is in a range. Negative days count from the end of the
  /// month. A bound outside the month is replaced by the first or last day of the month.
  private static boolean containsDay(Range range, ZonedDateTime time) {
    int length = time.toLocalDate().lengthOfMonth();
    int begin = range.begin() < 0 ? length + range.begin() + 1 : range.begin();
    int end = range.end() < 0 ? length + range.end() + 1 : range.end();
    if (begin > length) {
      return false;
    }
    int day = time.getDayOfMonth();
    return Math.max(begin, 1) <= day && day <= Math.min(end, length);
  }
}
