package io.pharos.alerting.message;

import io.pharos.model.PromDuration;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/// Links to the graph of an episode with some time before and after it.
///
/// Uses the parameters of Prometheus' graph page, so that alerts of a Prometheus get a link too;
/// `g0.since` and `g0.until` are Pharos' own, which other servers ignore.
public final class GraphLink {
  private static final Duration LEAST_BEFORE = Duration.ofMinutes(30);
  private static final Duration MOST_BEFORE = Duration.ofHours(6);

  /* A reader who opens a firing alert's link later sees what followed; the page ends at its
   * current time. */
  private static final Duration AFTER = Duration.ofHours(1);
  private static final Duration AFTER_THE_END = Duration.ofMinutes(30);

  /* Only the end of longer episodes is shown, because samples are not kept for ever. */
  private static final Duration MOST = Duration.ofDays(15);

  private GraphLink() {}

  /// Returns the URL with the time of the episode, unless the URL has a time already or is not a
  /// graph page.
  ///
  /// @param since when the alert began
  /// @param until when it ended; null while it fires
  public static String of(
      String generatorUrl, Instant since, @Nullable Instant until, Instant now) {
    if (!generatorUrl.matches("[^?#]*/(graph|query)\\?g0\\.expr=[^#]*")
        || generatorUrl.contains("&g0.range_input=")
        || generatorUrl.contains("&g0.end_input=")) {
      return generatorUrl;
    }
    Instant last = until == null ? now : until;
    Instant end = until == null ? ceilToMinute(now.plus(AFTER)) : end(until);
    Duration range = Duration.between(begin(since, last), end);
    if (range.compareTo(MOST) > 0) {
      range = MOST;
    }
    var url =
        new StringBuilder(generatorUrl)
            .append("&g0.range_input=")
            .append(PromDuration.format(range))
            .append("&g0.end_input=")
            .append(end)
            .append("&g0.since=")
            .append(since.getEpochSecond());
    if (until != null) {
      url.append("&g0.until=").append(until.getEpochSecond());
    }
    return url.toString();
  }

  /// Start of the time range: as long before the episode as it lasts, within limits.
  static Instant begin(Instant since, Instant last) {
    Duration before = Duration.between(since, last);
    if (before.compareTo(LEAST_BEFORE) < 0) {
      before = LEAST_BEFORE;
    } else if (before.compareTo(MOST_BEFORE) > 0) {
      before = MOST_BEFORE;
    }
    Instant begin = since.minus(before).truncatedTo(ChronoUnit.MINUTES);
    Instant earliest = last.minus(MOST);
    return begin.isBefore(earliest) ? earliest : begin;
  }

  /// End of the time range of an ended episode.
  static Instant end(Instant until) {
    return ceilToMinute(until.plus(AFTER_THE_END));
  }

  private static Instant ceilToMinute(Instant time) {
    Instant minute = time.truncatedTo(ChronoUnit.MINUTES);
    return minute.equals(time) ? time : minute.plus(1, ChronoUnit.MINUTES);
  }
}
