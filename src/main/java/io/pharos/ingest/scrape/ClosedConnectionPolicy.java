package io.pharos.ingest.scrape;

/// Decides what it means that a target closed the connection kept between scrapes. Either the
/// target may be gone, which justifies a scrape before its turn, at most one per interval. Or the
/// target always closes connections after some idle time. Not thread-safe; belongs to one loop.
final class ClosedConnectionPolicy {
  /// Idle times that differ by less count as equal.
  private static final long SLACK_MILLIS = 250;

  /// Upper bound, so that an outage is known within seconds even with a long interval.
  private static final long LONGEST_PAUSE_MILLIS = 2000;

  private final long intervalMillis;

  /// Idle time after which the target closes connections, as far as known.
  private long idleLimitMillis = Long.MAX_VALUE;

  private long lastEarlyScrape = Long.MIN_VALUE / 2;

  ClosedConnectionPolicy(long intervalMillis) {
    this.intervalMillis = intervalMillis;
  }

  /// How long to wait before a retry if a target closed the connection and does not answer: a tenth
  /// of the interval, so that a target that restarts meanwhile does not count as down.
  long pauseMillis() {
    return Math.min(intervalMillis / 10, LONGEST_PAUSE_MILLIS);
  }

  /// Whether to scrape now because the target closed the connection.
  ///
  /// @param idleMillis how long the connection had been idle
  boolean justifiesScrape(long nowMillis, long idleMillis) {
    if (idleMillis > idleLimitMillis - SLACK_MILLIS
        || nowMillis - lastEarlyScrape < intervalMillis) {
      return false;
    }
    lastEarlyScrape = nowMillis;
    return true;
  }

  /// Records that the target closed an idle connection and still answers, so it may always do that.
  void closedAlive(long idleMillis) {
    idleLimitMillis = idleMillis;
  }

  /// Records that the target left an idle connection open, which disproves a shorter idle limit.
  void leftOpen(long idleMillis) {
    if (idleMillis > idleLimitMillis + SLACK_MILLIS) {
      idleLimitMillis = Long.MAX_VALUE;
    }
  }
}
