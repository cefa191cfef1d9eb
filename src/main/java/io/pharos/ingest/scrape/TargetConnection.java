package io.pharos.ingest.scrape;

import io.pharos.http.KeptConnection;
import io.pharos.trouble.DescriptorGate;
import java.net.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/// A loop's connection to its target, with its file descriptor and the request, which is the same
/// for all scrapes. Not thread-safe; belongs to the loop.
final class TargetConnection implements AutoCloseable {
  private final DescriptorGate descriptors;
  final KeptConnection connection = new KeptConnection();

  /// The request; null before the first scrape.
  @Nullable HttpRequest request;

  private boolean hasDescriptor;

  TargetConnection(DescriptorGate descriptors) {
    this.descriptors = descriptors;
  }

  /// Takes a file descriptor, unless the connection has one. Returns false if none is left.
  boolean acquireDescriptor() {
    hasDescriptor = hasDescriptor || descriptors.acquire();
    return hasDescriptor;
  }

  /// Closes the connection and returns its descriptor; the next request opens another.
  @Override
  public void close() {
    connection.close();
    if (hasDescriptor) {
      hasDescriptor = false;
      descriptors.release();
    }
  }

  /// Decides what it means that a target closed the connection kept between scrapes. Either the
  /// target may be gone, which justifies a scrape before its turn, at most one per interval. Or the
  /// target always closes connections after some idle time. Not thread-safe; belongs to one loop.
  static final class ClosedConnectionPolicy {
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

    /// How long to wait before a retry if a target closed the connection and does not answer: a
    /// tenth of the interval, so that a target that restarts meanwhile does not count as down.
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

    /// Records that the target closed an idle connection and still answers, so it may always do
    /// that.
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
}
