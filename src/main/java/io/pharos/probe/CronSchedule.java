package io.pharos.probe;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// When a job runs, as a line of a crontab: minute, hour, day of the month, month, day of the week.
public final class CronSchedule {
  private static final CronParser PARSER =
      new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));

  /* Any year is as good; 400 days contain each kind of gap of a yearly schedule. */
  private static final int DAYS = 400;
  private static final int FIRST_YEAR = 2026;

  private final String text;
  private final ZoneId zone;
  private final ExecutionTime times;
  private final Duration longest;
  private final Duration shortest;

  private CronSchedule(String text, ZoneId zone, ExecutionTime times) {
    this.text = text;
    this.zone = zone;
    this.times = times;
    Duration most = Duration.ZERO;
    Duration least = Duration.ofDays(DAYS);
    ZonedDateTime start = ZonedDateTime.of(FIRST_YEAR, 1, 1, 0, 0, 0, 0, zone);
    ZonedDateTime first = next(start, text);
    // Gaps within a day, and those over each midnight, are all there are.
    ZonedDateTime at = first;
    ZonedDateTime following = next(at, text);
    while (following.toLocalDate().equals(first.toLocalDate())) {
      least = shorter(least, Duration.between(at, following));
      most = longer(most, Duration.between(at, following));
      at = following;
      following = next(at, text);
    }
    for (int day = 0; day < DAYS; day++) {
      ZonedDateTime midnight = first.toLocalDate().plusDays(day + 1L).atStartOfDay(zone);
      ZonedDateTime before = times.lastExecution(midnight).orElse(first);
      Duration gap = Duration.between(before, next(midnight.minusNanos(1), text));
      if (!gap.isZero()) {
        least = shorter(least, gap);
        most = longer(most, gap);
      }
    }
    longest = most;
    shortest = least;
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /// Parses a schedule.
  ///
  /// @throws IllegalArgumentException if it is none, or has no date
  public static CronSchedule of(String text, ZoneId zone) {
    return new CronSchedule(text, zone, ExecutionTime.forCron(PARSER.parse(text)));
  }

  private ZonedDateTime next(ZonedDateTime after, String shown) {
    return times
        .nextExecution(after)
        .orElseThrow(() -> new IllegalArgumentException("there is no date of " + shown));
  }

  /// Returns the first date after a time.
  public Instant next(Instant after) {
    return next(after.atZone(zone), text).toInstant();
  }

  /// Returns the longest time between two dates.
  public Duration longest() {
    return longest;
  }

  /// Returns the shortest time between two dates.
  public Duration shortest() {
    return shortest;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CronSchedule it && it.text.equals(text) && it.zone.equals(zone);
  }

  @Override
  public int hashCode() {
    return Objects.hash(text, zone);
  }

  @Override
  public String toString() {
    return text + " (" + zone + ")";
  }
}
