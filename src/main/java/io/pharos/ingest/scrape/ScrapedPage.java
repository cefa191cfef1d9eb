package io.pharos.ingest.scrape;

import io.pharos.limits.heap.MemoryReservation;
import org.jspecify.annotations.Nullable;

/// The page of a target: the first `length` bytes of `body`, uncompressed.
///
/// @param contentType the header, or the empty string
/// @param memory the body's memory, released by closing the page
/// @param buffers reuses the body after closing
record ScrapedPage(
    byte[] body,
    int length,
    String contentType,
    @Nullable MemoryReservation memory,
    @Nullable BodyBuffers buffers)
    implements AutoCloseable {
  /// A page without reserved memory.
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
