package io.pharos.schedule;

import static java.util.Objects.requireNonNull;

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

/// A thread that writes what others give it, in the order of their calls: whatever has come in
/// during one write is the next, so that many share the cost of one. Thread-safe.
///
/// @param <T> what is written or not as a whole
public final class GroupCommit<T> implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);
  private static final Duration CLOSE = Duration.ofSeconds(10);

  /// Something to be written.
  ///
  /// @param stored done when it is written; fails when it could not be
  public record Entry<T>(T what, CompletableFuture<Void> stored) {}

  /// Writes entries.
  public interface Writer<T> {
    /// Writes a batch in its order. Entries whose future it leaves open count as written when it
    /// returns, and as failed when it throws.
    ///
    /// @param batch empty where nothing has come in for an interval, and at the end
    void write(List<Entry<T>> batch) throws IOException;
  }

  private final Writer<T> writer;
  private final int most;
  private final Duration interval;
  private final LoopRegistry.Loop loop;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition came = lock.newCondition();
  private final Queue<Entry<T>> queue = new ArrayDeque<>();
  private boolean closed;

  /* What is being written: the thread's own. */
  private final ArrayList<Entry<T>> batch = new ArrayList<>();
  private int completed;
  private @Nullable Throwable problem;

  /// Begins to write.
  ///
  /// @param name of the thread, and of the loop
  /// @param most how many entries make a batch
  /// @param interval how often the writer is called at least
  public GroupCommit(
      String name, int most, Duration interval, LoopRegistry loops, Writer<T> writer) {
    this.most = most;
    this.interval = requireNonNull(interval, "interval is null");
    this.writer = requireNonNull(writer, "writer is null");
    this.loop = loops.begin(name, "", interval);
    this.thread = Thread.ofPlatform().daemon().name(name).start(this::run);
  }

  /// Takes an entry.
  ///
  /// @return done when it is written; fails when it could not be
  public CompletableFuture<Void> add(T what) {
    var entry = new Entry<>(what, new CompletableFuture<Void>());
    lock.lock();
    try {
      if (!closed) {
        queue.add(entry);
        came.signal();
        return entry.stored;
      }
    } finally {
      lock.unlock();
    }
    entry.stored.completeExceptionally(new RejectedExecutionException("the store is closed"));
    return entry.stored;
  }

  /* Without this thread nothing is stored any more, and whoever waits would wait for good: so it
   * goes on whatever is thrown, and nobody's entry is forgotten. */
  private void run() {
    boolean last = false;
    while (!last || !batch.isEmpty()) {
      try {
        if (batch.isEmpty()) {
          loop.ran();
          last = take();
          write();
        }
        complete();
      } catch (InterruptedException _) {
        // Only close() ends it.
      } catch (RuntimeException | Error _) {
        // No memory, most likely: it goes on where it was.
      }
    }
    loop.close();
  }

  /// Moves entries to the batch.
  ///
  /// @return whether no more will come
  private boolean take() throws InterruptedException {
    lock.lock();
    try {
      long left = interval.toNanos();
      while (queue.isEmpty() && !closed && left > 0) {
        left = came.awaitNanos(left);
      }
      int count = Math.min(queue.size(), most);
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
      problem = e;
    } catch (Error e) {
      problem = e;
      LOG.error("{} goes on after an error", thread.getName(), e);
    }
  }

  private void complete() {
    for (; completed < batch.size(); completed++) {
      CompletableFuture<Void> stored = batch.get(completed).stored;
      boolean _ = problem == null ? stored.complete(null) : stored.completeExceptionally(problem);
    }
    batch.clear();
    completed = 0;
    problem = null;
  }

  /// Writes what has come in, then ends; waits for that at most ten seconds.
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      came.signal();
    } finally {
      lock.unlock();
    }
    try {
      if (!thread.join(CLOSE)) {
        LOG.error("{} is still writing; it is no longer waited for", thread.getName());
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
