package io.pharos.server.web;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/// A time on a page, in UTC with seconds; the browser's script converts it to the reader's time
/// zone.
///
/// @param iso the time for the script
/// @param text the time for the reader
record PageTime(String iso, String text) {
  private static final DateTimeFormatter TEXT =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);

  static PageTime of(Instant time) {
    return new PageTime(Instant.ofEpochSecond(time.getEpochSecond()).toString(), TEXT.format(time));
  }

  /// Formats a duration with its one or two largest units: `4 ms`, `12 min`, `3 h 5 min`.
  static String span(Duration span) {
    if (span.toSeconds() < 1) {
      return Math.max(0, span.toMillis()) + " ms";
    }
    if (span.toMinutes() < 1) {
      return span.toSeconds() + " s";
    }
    if (span.toHours() < 1) {
      return span.toMinutes() + " min";
    }
    return span.toDays() < 1
        ? twoUnits(span.toHours(), "h", span.toMinutesPart(), "min")
        : twoUnits(span.toDays(), "d", span.toHoursPart(), "h");
  }

  private static String twoUnits(long large, String unit, int small, String smallUnit) {
    return small == 0 ? large + " " + unit : large + " " + unit + " " + small + " " + smallUnit;
  }
}
