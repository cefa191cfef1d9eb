package io.pharos.schedule;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes entries on one thread, in the order of the calls. Entries that arrive during one write
/// form the next batch, so that many entries share the cost of one write. Thread-safe.
///
/// @param <T> type of the values; each value is written completely or not at all
public final class GroupCommit<T> implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

  /// An entry to be written.
  ///
  /// @param stored completes when the value is written; completes exceptionally if it could not be
  ///   written
  public record Entry<T>(T value, CompletableFuture<Void> stored) {}

  /// Writes batches of entries.
  public interface Writer<T> {
    /// Writes a batch in order, and may complete the futures of entries. The other entries count as
    /// written if this method returns, and as failed if it throws.
    ///
    /// @param batch entries to write; empty if none arrived during an interval, and when the queue
    ///   is closed
    void write(List<Entry<T>> batch) throws IOException;
  }

  private final Writer<T> writer;
  private final int max;
  private final Duration interval;
  private final LoopRegistry.Loop loop;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final Queue<Entry<T>> queue = new ArrayDeque<>();
  private boolean closed;

  /* The batch that is being written. Only the writer's thread uses this field and the next two. */
  private final ArrayList<Entry<T>> batch = new ArrayList<>();
  private int completed;
  private @Nullable Throwable failure;

  /// Starts the thread.
  ///
  /// @param name name of the thread and of the loop
  /// @param max maximum number of entries in a batch
  /// @param interval maximum time between two calls of the writer
  public GroupCommit(
      String name, int max, Duration interval, LoopRegistry loops, Writer<T> writer) {
    this.max = max;
    this.interval = interval;
    this.writer = writer;
    this.loop = loops.begin(name, "", interval);
    this.thread = Thread.ofPlatform().daemon().name(name).start(this::run);
  }

  /// Queues a value to be written.
  ///
  /// @return completes when the value is written; completes exceptionally if it could not be
  ///   written
  public CompletableFuture<Void> add(T value) {
    var entry = new Entry<>(value, new CompletableFuture<Void>());
    lock.lock();
    try {
      if (!closed) {
        queue.add(entry);
        arrived.signal();
        return entry.stored;
      }
    } finally {
      lock.unlock();
    }
    entry.stored.completeExceptionally(new RejectedExecutionException("the store is closed"));
    return entry.stored;
  }

  /* Without this thread nothing would be stored, and callers would wait forever. So the thread
   * continues after any exception and completes every entry. */
  private void run() {
    boolean isClosed = false;
    while (!isClosed || !batch.isEmpty()) {
      try {
        if (batch.isEmpty()) {
          loop.ran();
          isClosed = fillBatch();
          write();
        }
        complete();
      } catch (InterruptedException _) {
        // Only close() ends the thread.
      } catch (RuntimeException | Error _) {
        // Probably out of memory. The loop continues with the same entries.
      }
    }
    loop.close();
  }

  /// Moves entries from the queue to the batch.
  ///
  /// @return whether the queue is closed, so that no more entries follow
  private boolean fillBatch() throws InterruptedException {
    lock.lock();
    try {
      long remaining = interval.toNanos();
      while (queue.isEmpty() && !closed && remaining > 0) {
        remaining = arrived.awaitNanos(remaining);
      }
      int count = Math.min(queue.size(), max);
      batch.ensureCapacity(count);
      for (int i = 0; i < count; i++) {
        batch.add(queue.remove());
      }
      return closed && queue.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  private void write() {
    try {
      writer.write(batch);
    } catch (IOException | RuntimeException e) {
      failure = e;
    } catch (Error e) {
      failure = e;
      LOG.error(
          "{} failed and continues; the entries of this batch are not stored", thread.getName(), e);
    }
  }

  private void complete() {
    for (; completed < batch.size(); completed++) {
      CompletableFuture<Void> stored = batch.get(completed).stored;
      boolean _ = failure == null ? stored.complete(null) : stored.completeExceptionally(failure);
    }
    batch.clear();
    completed = 0;
    failure = null;
  }

  /// Stops accepting entries and writes the queued entries. Waits for at most ten seconds.
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      arrived.signal();
    } finally {
      lock.unlock();
    }
    try {
      if (!thread.join(CLOSE_TIMEOUT)) {
        LOG.error(
            "{} is still writing after {}; shutdown continues without it",
            thread.getName(),
            CLOSE_TIMEOUT);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
