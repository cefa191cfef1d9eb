package io.pharos.server.api;

import static java.util.Objects.requireNonNull;

import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.limits.heap.MemoryReservation;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A body that takes of the memory for bodies what was read of it, and at its end, before anybody
/// parses it, of the memory for what bodies become. Both are given back by [#release].
public final class RequestBody extends InputStream {
  /// Readers gather what they read and copy it once more at the end.
  private static final int COPIES = 2;

  /// What a byte becomes when it is parsed: a text of two bytes in JSON is an object of a hundred,
  /// and packed bodies are a few times as long.
  private static final int BYTES_PER_BYTE = 64;

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final InputStream source;
  private final MemoryBounds budgets;
  private final long most;
  private final MemoryReservation read;
  private @Nullable MemoryReservation parsed;
  private long length;
  private boolean released;

  /// @param most how many bytes it may have
  public RequestBody(InputStream source, MemoryBounds budgets, long most) {
    this.source = requireNonNull(source, "source is null");
    this.budgets = requireNonNull(budgets, "budgets is null");
    this.most = most;
    this.read = budgets.pool(MemoryBound.BODIES).open();
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

  private void count(int more) {
    if (more < 0) {
      finish();
      return;
    }
    length += more;
    if (length > most) {
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
    MemoryReservation taken =
        budgets.pool(MemoryBound.WORK).await(length * BYTES_PER_BYTE, PATIENCE);
    synchronized (this) {
      parsed = taken;
      if (released) {
        taken.close();
      }
    }
  }

  /// Gives all memory back: the request is answered, or its client is gone.
  public synchronized void release() {
    released = true;
    read.close();
    if (parsed != null) {
      parsed.close();
    }
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
