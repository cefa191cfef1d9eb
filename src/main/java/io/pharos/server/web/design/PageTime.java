package io.pharos.server.web.design;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/// A time on a page. The tag `time` shows it in UTC with seconds, the tag `ago` shows it relative
/// to now with the absolute time on hover. The browser's script converts both to the reader's time
/// zone.
///
/// @param iso the time for the script
/// @param text the time for the reader, in UTC
/// @param ago the time relative to now, such as `3 min ago` or `in 2 h`; the same as `text` if the
///   page did not say what time it is
public record PageTime(String iso, String text, String ago) {
  private static final DateTimeFormatter TEXT =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);

  /// A time that is shown as it is.
  public static PageTime of(Instant time) {
    String text = TEXT.format(time);
    return new PageTime(iso(time), text, text);
  }

  /// A time that is shown relative to now.
  public static PageTime of(Instant time, Instant now) {
    Duration since = Duration.between(time, now);
    String ago =
        since.abs().compareTo(Duration.ofSeconds(1)) < 0
            ? "now"
            : since.isNegative() ? "in " + span(since.negated()) : span(since) + " ago";
    return new PageTime(iso(time), TEXT.format(time), ago);
  }

  private static String iso(Instant time) {
    return Instant.ofEpochSecond(time.getEpochSecond()).toString();
  }

  /// Formats a duration with its one or two largest units: `4 ms`, `12 min`, `3 h 5 min`.
  public static String span(Duration span) {
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

  /// Formats how long something took: like [#span], but `under 1 ms` for less.
  public static String took(Duration duration) {
    return duration.isZero() || duration.toMillis() > 0 ? span(duration) : "under 1 ms";
  }

  private static String twoUnits(long large, String unit, int small, String smallUnit) {
    return small == 0 ? large + " " + unit : large + " " + unit + " " + small + " " + smallUnit;
  }
}
