package io.pharos.ingest.scrape;

import io.pharos.http.KeptConnection;
import io.pharos.trouble.DescriptorGate;
import java.net.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/// A loop's connection to its target, with its file descriptor and the request, which is the same
/// for all scrapes. Not thread-safe; used by one loop only.
final class TargetConnection implements AutoCloseable {
  private final DescriptorGate descriptors;
  final KeptConnection connection = new KeptConnection();

  /// The request; null before the first scrape.
  @Nullable HttpRequest request;

  private boolean hasDescriptor;

  TargetConnection(DescriptorGate descriptors) {
    this.descriptors = descriptors;
  }

  /// Acquires a file descriptor if the connection has none yet. Returns false if none is left.
  boolean acquireDescriptor() {
    hasDescriptor = hasDescriptor || descriptors.acquire();
    return hasDescriptor;
  }

  /// Closes the connection and releases its file descriptor; the next request opens another one.
  @Override
  public void close() {
    connection.close();
    if (hasDescriptor) {
      hasDescriptor = false;
      descriptors.release();
    }
  }

  /// Decides what to conclude if a target closed the connection between two scrapes. Either the
  /// target may be gone; then it is scraped early, at most once per interval. Or the target always
  /// closes connections after some idle time. Not thread-safe; used by one loop only.
  static final class ClosedConnectionPolicy {
    /// Idle times with a smaller difference count as equal.
    private static final long SLACK_MILLIS = 250;

    /// Maximum pause, so that an outage is known within seconds even if the interval is long.
    private static final long LONGEST_PAUSE_MILLIS = 2000;

    private final long intervalMillis;

    /// Shortest idle time after which the target is known to close connections.
    private long idleLimitMillis = Long.MAX_VALUE;

    private long lastEarlyScrape = Long.MIN_VALUE / 2;

    ClosedConnectionPolicy(long intervalMillis) {
      this.intervalMillis = intervalMillis;
    }

    /// Returns how long to wait before the second scrape if a target closed the connection and does
    /// not answer. It is a tenth of the interval, so that a target that restarts meanwhile does not
    /// count as down.
    long pauseMillis() {
      return Math.min(intervalMillis / 10, LONGEST_PAUSE_MILLIS);
    }

    /// Whether to scrape now because the target closed the connection.
    ///
    /// @param idleMillis how long the connection was idle
    boolean justifiesScrape(long nowMillis, long idleMillis) {
      if (idleMillis > idleLimitMillis - SLACK_MILLIS
          || nowMillis - lastEarlyScrape < intervalMillis) {
        return false;
      }
      lastEarlyScrape = nowMillis;
      return true;
    }

    /// Records that the target closed an idle connection but still answers. It may always close
    /// connections after this idle time.
    void closedAlive(long idleMillis) {
      idleLimitMillis = idleMillis;
    }

    /// Records that the target did not close a connection that was idle for this time. So a shorter
    /// idle limit was wrong.
    void leftOpen(long idleMillis) {
      if (idleMillis > idleLimitMillis + SLACK_MILLIS) {
        idleLimitMillis = Long.MAX_VALUE;
      }
    }
  }
}
