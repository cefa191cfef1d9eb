package io.pharos.alerting.message;

import static java.util.Objects.requireNonNull;

import io.pharos.model.PromDuration;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/// The address of a graph that shows an episode: the time before it, all of it, and what came
/// after.
///
/// It is in the parameters of Prometheus' page, so that the alerts of a Prometheus get one too;
/// `g0.since` and `g0.until` are our own, which others pass over.
public final class GraphLink {
  private static final Duration LEAST_BEFORE = Duration.ofMinutes(30);
  private static final Duration MOST_BEFORE = Duration.ofHours(6);

  /* Who opens the link of a firing alert later sees what came next; the page ends at its now. */
  private static final Duration AFTER = Duration.ofHours(1);
  private static final Duration AFTER_THE_END = Duration.ofMinutes(30);

  /* Longer episodes are shown by their end: samples are not kept for ever. */
  private static final Duration MOST = Duration.ofDays(15);

  private GraphLink() {}

  /// The address with the time of the episode, unless it names a time itself or is another page's.
  ///
  /// @param generatorUrl as the alert carries it
  /// @param since when the alert began
  /// @param until when it ended; null while it fires
  /// @param now when the link is made
  public static String of(
      String generatorUrl, Instant since, @Nullable Instant until, Instant now) {
    requireNonNull(generatorUrl, "generatorUrl is null");
    if (!generatorUrl.matches("[^?#]*/(graph|query)\\?g0\\.expr=[^#]*")
        || generatorUrl.contains("&g0.range_input=")
        || generatorUrl.contains("&g0.end_input=")) {
      return generatorUrl;
    }
    Instant last = until == null ? now : until;
    Instant end = until == null ? upToTheMinute(now.plus(AFTER)) : end(until);
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

  /// Where a picture of an episode begins: as long before it as it lasts, within bounds.
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

  /// Where a picture of an episode that is over ends.
  static Instant end(Instant until) {
    return upToTheMinute(until.plus(AFTER_THE_END));
  }

  private static Instant upToTheMinute(Instant time) {
    Instant minute = time.truncatedTo(ChronoUnit.MINUTES);
    return minute.equals(time) ? time : minute.plus(1, ChronoUnit.MINUTES);
  }
}
