package io.pharos.server.api;

import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.limits.heap.MemoryReservation;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A request body with bounded memory. Reserves memory while the body is read, and more memory for
/// the parsed content at the end of the body. If the body is compressed, [#uncompress] reserves
/// memory for its content. [#release] releases all.
public final class RequestBody extends InputStream {
  /// Number of copies of the body in memory. Readers collect the bytes, and copy them once at the
  /// end.
  private static final int COPIES = 2;

  /// Estimated memory of the parsed body, in bytes per byte of the body. A JSON string of two bytes
  /// becomes an object of a hundred bytes.
  private static final int BYTES_PER_BYTE = 64;

  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final InputStream source;
  private final MemoryBounds budgets;
  private final long maxBytes;
  private final MemoryReservation read;
  private final MemoryReservation content;
  private @Nullable MemoryReservation parsed;
  private long length;
  private boolean released;

  /// @param maxBytes maximum length in bytes
  public RequestBody(InputStream source, MemoryBounds budgets, long maxBytes) {
    this.source = source;
    this.budgets = budgets;
    this.maxBytes = maxBytes;
    this.read = budgets.pool(MemoryBound.BODIES).open();
    this.content = budgets.pool(MemoryBound.BODIES).openModest();
  }

  @Override
  public int read() throws IOException {
    int next = source.read();
    count(next < 0 ? -1 : 1);
    return next;
  }

  @Override
  public int read(byte[] to, int from, int count) throws IOException {
    int read = source.read(to, from, count);
    count(read);
    return read;
  }

  private void count(int readBytes) {
    if (readBytes < 0) {
      finish();
      return;
    }
    length += readBytes;
    if (length > maxBytes) {
      throw budgets.over(MemoryBound.BODY, false, length);
    }
    read.ensure(length * COPIES);
  }

  private void finish() {
    synchronized (this) {
      if (parsed != null || released || length == 0) {
        return;
      }
    }
    reserveParsed(length);
  }

  private void reserveParsed(long bytes) {
    MemoryReservation reservation =
        budgets.pool(MemoryBound.WORK).await(bytes * BYTES_PER_BYTE, TIMEOUT);
    synchronized (this) {
      parsed = reservation;
      if (released) {
        reservation.close();
      }
    }
  }

  /// Reserves memory for the content of a compressed body. Must be called after the body was read
  /// and before it is uncompressed. Waits like the end of the body.
  ///
  /// @param contentLength length of the content in bytes
  /// @throws io.pharos.limits.heap.OverBudgetException if the content is longer than a body may be,
  ///   or there is no memory
  public void uncompress(long contentLength) {
    if (contentLength > maxBytes) {
      throw budgets.over(MemoryBound.BODY, false, contentLength);
    }
    if (contentLength <= length) {
      return;
    }
    synchronized (this) {
      if (parsed != null) {
        parsed.close(); // a request that waits must not hold what others wait for
      }
    }
    reserveParsed(contentLength);
    content.ensure(contentLength);
  }

  /// Releases all memory. Must be called when the request is answered or its client disconnects.
  public synchronized void release() {
    released = true;
    read.close();
    content.close();
    if (parsed != null) {
      parsed.close();
    }
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
