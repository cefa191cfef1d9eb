package io.pharos.ingest.scrape;

import io.pharos.config.prometheus.ScrapeConfig;
import io.pharos.limits.heap.MemoryReservation;
import org.jspecify.annotations.Nullable;

/// The page of a target: the first `length` bytes of `body`, uncompressed.
///
/// @param contentType value of the header Content-Type; empty if it is missing
/// @param memory memory of the body; released when the page is closed
/// @param buffers pool that receives the body for reuse when the page is closed
record ScrapedPage(
    byte[] body,
    int length,
    String contentType,
    @Nullable MemoryReservation memory,
    BodyReader.@Nullable Buffers buffers)
    implements AutoCloseable {
  /// Creates a page without reserved memory.
  ScrapedPage(byte[] body, int length, String contentType) {
    this(body, length, contentType, null, null);
  }

  @Override
  public void close() {
    if (memory == null || memory.isClosed()) {
      return;
    }
    memory.close();
    if (buffers != null) {
      buffers.add(body);
    }
  }

  /// Fetches the page of a target.
  @FunctionalInterface
  interface Fetcher {
    /// Fetches the page within the target's timeout.
    ///
    /// @param connection the loop's connection to this target
    /// @throws ScrapeFailure if there is no page
    /// @throws InterruptedException if the scrape is cancelled
    ScrapedPage fetch(ScrapeConfig config, Target target, TargetConnection connection)
        throws ScrapeFailure, InterruptedException;
  }
}
