package io.pharos.ingest.scrape;

import io.pharos.limits.heap.MemoryReservation;
import org.jspecify.annotations.Nullable;

/// The answer of a target: the first `length` bytes of `body`, uncompressed.
///
/// @param contentType the header, or the empty string
/// @param memory what the body takes of the memory for pages, until it is closed
/// @param buffers where the body goes when it is closed
record ScrapedPage(
    byte[] body,
    int length,
    String contentType,
    @Nullable MemoryReservation memory,
    @Nullable BodyBuffers buffers)
    implements AutoCloseable {
  /// A page that does not count.
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
      buffers.give(body);
    }
  }
}
