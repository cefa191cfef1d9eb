package io.pharos.ingest.scrape;

/// Tells what it means that a target closed the connection that is kept between its scrapes: that
/// it may be gone, so that it is worth a scrape before its turn, or that it always does so once a
/// connection has been idle for some time. Not thread-safe; belongs to one loop.
///
/// There is one such scrape in an interval at most.
final class ClosedConnectionPolicy {
  /// Two idle times that differ by less are the same.
  private static final long SLACK_MILLIS = 250;

  /// Who is down is to be known within seconds, however seldom it is scraped.
  private static final long LONGEST_PAUSE_MILLIS = 2000;

  private final long intervalMillis;

  /// After how long the target closes what is idle, as far as is known.
  private long patienceMillis = Long.MAX_VALUE;

  private long lastNews = Long.MIN_VALUE / 2;

  ClosedConnectionPolicy(long intervalMillis) {
    this.intervalMillis = intervalMillis;
  }

  /// How long to wait before a target that closed the connection and gives no answer is asked
  /// again: a tenth of the interval, so that what is restarted meanwhile is not down.
  long pauseMillis() {
    return Math.min(intervalMillis / 10, LONGEST_PAUSE_MILLIS);
  }

  /// Whether a scrape is worth while, because the target closed the connection.
  ///
  /// @param idleMillis how long nobody had used it
  boolean isNews(long nowMillis, long idleMillis) {
    if (idleMillis > patienceMillis - SLACK_MILLIS || nowMillis - lastNews < intervalMillis) {
      return false;
    }
    lastNews = nowMillis;
    return true;
  }

  /// The target closed the connection after so long and answers all the same: it may always do.
  void closedAlive(long idleMillis) {
    patienceMillis = idleMillis;
  }

  /// The target left the connection open for so long: longer than it would, if it minded.
  void leftOpen(long idleMillis) {
    if (idleMillis > patienceMillis + SLACK_MILLIS) {
      patienceMillis = Long.MAX_VALUE;
    }
  }
}
