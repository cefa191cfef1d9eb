package io.pharos.state.jdbc;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/// Writes whatever has come in since the last transaction in the next one, in order.
final class GroupCommit<T> implements AutoCloseable {
  private static final int MAX_BATCH = 64;

  private record Entry<T>(List<T> rows, boolean last, CompletableFuture<Void> stored) {}

  private final Consumer<List<T>> write;
  private final BlockingQueue<Entry<T>> queue = new LinkedBlockingQueue<>();
  private final Thread thread;
  private volatile boolean closed;

  /// @param write one transaction; throws where it can't
  GroupCommit(String name, Consumer<List<T>> write) {
    this.write = requireNonNull(write, "write is null");
    this.thread = Thread.ofPlatform().daemon().name(name).start(this::run);
  }

  CompletableFuture<Void> add(List<T> rows) {
    var entry = new Entry<>(List.copyOf(rows), false, new CompletableFuture<>());
    if (closed) {
      entry.stored.completeExceptionally(new RejectedExecutionException("the store is closed"));
    } else {
      queue.add(entry);
    }
    return entry.stored;
  }

  /// Waits until what was added before is written.
  ///
  /// @throws CompletionException when it could not be, or the last of it
  void flush() {
    if (!closed) {
      add(List.of()).join();
    }
  }

  private void run() {
    var batch = new ArrayList<Entry<T>>();
    try {
      boolean last = false;
      while (!last) {
        batch.add(queue.take());
        queue.drainTo(batch, MAX_BATCH - 1);
        last = batch.stream().anyMatch(Entry::last);
        write(batch);
        batch.clear();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void write(List<Entry<T>> batch) {
    List<T> rows = batch.stream().flatMap(entry -> entry.rows.stream()).toList();
    try {
      if (!rows.isEmpty()) {
        write.accept(rows);
      }
      batch.forEach(entry -> entry.stored.complete(null));
    } catch (RuntimeException | Error e) {
      batch.forEach(entry -> entry.stored.completeExceptionally(e));
    }
  }

  /// Writes what has come in, then stops.
  @Override
  public void close() {
    closed = true;
    queue.add(new Entry<>(List.of(), true, new CompletableFuture<>()));
    try {
      thread.join(10_000);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
