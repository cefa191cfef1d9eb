package io.pharos.alerting.message;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/// Formats times and durations in messages. Times: `10:42 +08:00`, with the date if it differs from
/// the date of the message. Durations: `23 min`, `2 h 5 min`, `3 d 4 h`.
public record MessageTimes(ZoneId zone, Language language) {
  private static final DateTimeFormatter BARE_CLOCK = DateTimeFormatter.ofPattern("HH:mm");
  private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm xxx");
  private static final DateTimeFormatter DAY_AND_CLOCK =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm xxx");

  /// The default: English, with times in UTC.
  public static final MessageTimes STANDARD = new MessageTimes(ZoneOffset.UTC, Language.ENGLISH);

  /// Formats a time, with its date if it differs from the date of `reference`.
  public String at(Instant time, Instant reference) {
    var local = time.atZone(zone);
    boolean sameDay = local.toLocalDate().equals(reference.atZone(zone).toLocalDate());
    return (sameDay ? CLOCK : DAY_AND_CLOCK).format(local);
  }

  /// Formats start and duration: `10:42 +08:00, for 23 min`.
  public String since(Instant begin, Instant now) {
    return Phrase.SINCE_FOR.in(language, at(begin, now), span(Duration.between(begin, now)));
  }

  /// Formats a time range. The offset from UTC is shown only once if both times are on the date of
  /// `reference`.
  public String range(Instant from, Instant to, Instant reference) {
    var day = reference.atZone(zone).toLocalDate();
    var start = from.atZone(zone);
    var end = to.atZone(zone);
    boolean oneDay = start.toLocalDate().equals(day) && end.toLocalDate().equals(day);
    return oneDay && start.getOffset().equals(end.getOffset())
        ? Phrase.FROM_TO.in(language, BARE_CLOCK.format(start), CLOCK.format(end))
        : Phrase.FROM_TO.in(language, at(from, reference), at(to, reference));
  }

  /// Formats a duration in its two largest units: `2 h 5 min`.
  public String span(Duration span) {
    long seconds = Math.max(0, span.toSeconds());
    if (seconds < 60) {
      return Phrase.SECONDS.in(language, seconds);
    }
    long minutes = seconds / 60;
    if (minutes < 60) {
      return Phrase.MINUTES.in(language, minutes);
    }
    long hours = minutes / 60;
    if (hours < 24) {
      return minutes % 60 == 0
          ? Phrase.HOURS.in(language, hours)
          : Phrase.HOURS_MINUTES.in(language, hours, minutes % 60);
    }
    long days = hours / 24;
    return hours % 24 == 0
        ? Phrase.DAYS.in(language, days)
        : Phrase.DAYS_HOURS.in(language, days, hours % 24);
  }
}
