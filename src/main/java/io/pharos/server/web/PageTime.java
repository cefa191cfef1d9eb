package io.pharos.server.web;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/// A time as pages show it: to the second, in UTC, until the browser's script puts it in the
/// reader's zone.
///
/// @param iso for the script
/// @param text for the eye
record PageTime(String iso, String text) {
  private static final DateTimeFormatter TEXT =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);

  static PageTime of(Instant time) {
    return new PageTime(Instant.ofEpochSecond(time.getEpochSecond()).toString(), TEXT.format(time));
  }

  /// How long it took: `4 ms`, `12 min`, in the one or two units that matter.
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
        ? two(span.toHours(), "h", span.toMinutesPart(), "min")
        : two(span.toDays(), "d", span.toHoursPart(), "h");
  }

  private static String two(long large, String unit, int small, String smallUnit) {
    return small == 0 ? large + " " + unit : large + " " + unit + " " + small + " " + smallUnit;
  }
}
