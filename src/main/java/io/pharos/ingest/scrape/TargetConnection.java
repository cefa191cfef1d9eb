package io.pharos.ingest.scrape;

import io.pharos.http.KeptConnection;
import io.pharos.trouble.DescriptorGate;
import java.net.http.HttpRequest;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A loop's connection to its target, the file descriptor of the connection, and the request, which
/// is the same for all scrapes. Not thread-safe; used by one loop only.
final class TargetConnection implements AutoCloseable {
  private final DescriptorGate descriptors;
  final KeptConnection connection = new KeptConnection();

  /// The request; null before the first scrape.
  @Nullable HttpRequest request;

  /// Earliest expiry in the target's chain of certificates; null without TLS.
  @Nullable Instant certificateExpiry;

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

  /// Decides whether to scrape a target early because the target closed the connection between two
  /// scrapes. The target may be down, so it is scraped, at most once per interval. But a target
  /// that always closes connections after some idle time is not scraped early. Not thread-safe;
  /// used by one loop only.
  static final class ClosedConnectionPolicy {
    /// Idle times with a smaller difference count as equal.
    private static final long SLACK_MILLIS = 250;

    /// Maximum pause, so that an outage is known within seconds even if the interval is long.
    private static final long MAX_PAUSE_MILLIS = 2000;

    private final long intervalMillis;

    /// Shortest idle time after which the target is known to close connections.
    private long idleLimitMillis = Long.MAX_VALUE;

    private long lastEarlyScrape = Long.MIN_VALUE / 2;

    ClosedConnectionPolicy(long intervalMillis) {
      this.intervalMillis = intervalMillis;
    }

    /// Returns how long to wait before the second scrape if a target closed the connection and does
    /// not answer. A target that restarts within this time does not count as down. The time is a
    /// tenth of the interval.
    long pauseMillis() {
      return Math.min(intervalMillis / 10, MAX_PAUSE_MILLIS);
    }

    /// Returns whether to scrape now because the target closed the connection.
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
    void closedWhileUp(long idleMillis) {
      idleLimitMillis = idleMillis;
    }

    /// Records that the target did not close a connection that was idle for this time. If the known
    /// idle limit is shorter, it was wrong and is discarded.
    void leftOpen(long idleMillis) {
      if (idleMillis > idleLimitMillis + SLACK_MILLIS) {
        idleLimitMillis = Long.MAX_VALUE;
      }
    }
  }
}
