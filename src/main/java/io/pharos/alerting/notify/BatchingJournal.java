package io.pharos.alerting.notify;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A journal that stores whatever has come in since the last transaction in the next one: while one
/// commit goes to the disk the changes of a thousand groups gather for the next.
public final class BatchingJournal implements Journal, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BatchingJournal.class);
  private static final int MAX_BATCH = 2000;
  private static final int MAX_BACKLOG = 100_000;
  private static final long RETRY_MILLIS = 500;

  private record Entry(List<OutboxChange> changes, CompletableFuture<Void> stored) {}

  private final OutboxStore store;
  private final BlockingQueue<Entry> queue = new LinkedBlockingQueue<>();
  private final Deque<OutboxChange> backlog = new ArrayDeque<>();
  private final Thread writer;
  private volatile boolean closed;
  private boolean failing;

  public BatchingJournal(OutboxStore store) {
    this.store = requireNonNull(store, "store is null");
    this.writer = Thread.ofPlatform().daemon().name("notify-journal").start(this::write);
  }

  @Override
  public CompletableFuture<Void> append(List<OutboxChange> changes) {
    var entry = new Entry(List.copyOf(changes), new CompletableFuture<>());
    if (closed) {
      entry.stored.completeExceptionally(new RejectedExecutionException("the journal is closed"));
    } else {
      queue.add(entry);
    }
    return entry.stored;
  }

  private void write() {
    var batch = new ArrayList<Entry>();
    while (true) {
      try {
        Entry first = queue.poll(RETRY_MILLIS, TimeUnit.MILLISECONDS);
        if (first != null) {
          batch.add(first);
          queue.drainTo(batch, MAX_BATCH - 1);
        }
        if (!batch.isEmpty() || !backlog.isEmpty()) {
          store(batch);
        }
        batch.clear();
        if (closed && queue.isEmpty()) {
          return;
        }
      } catch (InterruptedException _) {
        // Only close() interrupts, and the queue is still to be emptied: the loop sees to both.
        closed = true;
      } catch (RuntimeException | Error e) {
        LOG.error("The journal goes on after an error", e);
        batch.forEach(entry -> entry.stored.completeExceptionally(e));
        batch.clear();
      }
    }
  }

  private void store(List<Entry> batch) {
    var changes = new ArrayList<>(backlog);
    batch.forEach(entry -> changes.addAll(entry.changes));
    RuntimeException problem = null;
    try {
      if (!changes.isEmpty()) {
        store.apply(changes);
      }
    } catch (FencedException e) {
      store(withoutFenced(batch, e));
      return;
    } catch (RuntimeException e) {
      problem = e;
    } catch (Error e) {
      // Without this thread nothing is told any more: memory may come back.
      problem = new IllegalStateException("the outbox can't be stored: " + e, e);
    }
    if (problem == null) {
      backlog.clear();
      if (failing) {
        LOG.info("The outbox is stored again");
      }
      failing = false;
      batch.forEach(entry -> entry.stored.complete(null));
    } else {
      keepFacts(batch, problem);
    }
  }

  /// The entries without those that decide for shards which another replica has now: these fail,
  /// and are not tried again.
  private static List<Entry> withoutFenced(List<Entry> batch, FencedException fence) {
    var rest = new ArrayList<Entry>();
    for (Entry entry : batch) {
      boolean fenced =
          entry.changes.stream()
              .anyMatch(
                  change ->
                      change instanceof OutboxChange.Decided(Delivery delivery)
                          && fence.shards().contains(Ownership.shard(delivery.key().groupKey())));
      if (fenced) {
        entry.stored.completeExceptionally(fence);
      } else {
        rest.add(entry);
      }
    }
    if (rest.size() == batch.size()) {
      throw new IllegalStateException("no decision is for one of the fenced shards", fence);
    }
    return rest;
  }

  private void keepFacts(List<Entry> batch, RuntimeException problem) {
    if (!failing) {
      LOG.error("The outbox can't be stored; trying again", problem);
    }
    failing = true;
    for (Entry entry : batch) {
      for (OutboxChange change : entry.changes) {
        if (change.isFact()) {
          backlog.add(change);
        }
      }
      complete(entry, problem);
    }
    while (backlog.size() > MAX_BACKLOG) {
      backlog.removeFirst();
      LOG.warn("The outbox could not be stored for too long: the oldest record is dropped");
    }
  }

  private static void complete(Entry entry, @Nullable RuntimeException problem) {
    if (problem != null && entry.changes.stream().anyMatch(change -> !change.isFact())) {
      entry.stored.completeExceptionally(problem);
    } else {
      entry.stored.complete(null);
    }
  }

  /// Stores what has come in, then stops; waits at most ten seconds.
  @Override
  public void close() {
    closed = true;
    try {
      writer.join(10_000);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
