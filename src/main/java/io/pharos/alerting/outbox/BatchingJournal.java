package io.pharos.alerting.outbox;

import io.pharos.schedule.GroupCommit;
import io.pharos.schedule.GroupCommit.Entry;
import io.pharos.schedule.LoopRegistry;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A journal that stores changes in batches. Changes that arrive while one transaction is being
/// committed are stored together in the next transaction.
public final class BatchingJournal implements OutboxStore.Journal, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BatchingJournal.class);
  private static final int MAX_BATCH = 2000;
  private static final int MAX_BACKLOG = 100_000;
  private static final Duration RETRY = Duration.ofMillis(500);

  private final OutboxStore store;
  private final GroupCommit<List<OutboxChange>> commit;

  /* Facts that could not be stored yet. Only the writer's thread uses this field and the next. */
  private final Deque<OutboxChange> backlog = new ArrayDeque<>();
  private boolean failing;

  /// @param loops registry in which the writer's thread reports its runs
  public BatchingJournal(OutboxStore store, LoopRegistry loops) {
    this.store = store;
    this.commit = new GroupCommit<>("notify-journal", MAX_BATCH, RETRY, loops, this::store);
  }

  @Override
  public CompletableFuture<Void> append(List<OutboxChange> changes) {
    return commit.add(List.copyOf(changes));
  }

  private void store(List<Entry<List<OutboxChange>>> batch) {
    var changes = new ArrayList<>(backlog);
    batch.forEach(entry -> changes.addAll(entry.value()));
    try {
      if (!changes.isEmpty()) {
        store.apply(changes);
      }
    } catch (OutboxStore.FencedException e) {
      List<Entry<List<OutboxChange>>> rest = withoutFenced(batch, e);
      if (rest.size() == batch.size()) {
        keepFacts(
            batch,
            new IllegalStateException(
                "the store reported fenced shards, but no decision in the batch belongs to them",
                e));
      } else {
        store(rest);
      }
      return;
    } catch (RuntimeException | Error e) {
      keepFacts(batch, e);
      return;
    }
    backlog.clear();
    if (failing) {
      LOG.info("The outbox can be stored again");
    }
    failing = false;
  }

  /// Returns the entries that have no decisions for fenced shards. The other entries fail and are
  /// not retried, because another replica owns their shards now.
  private static List<Entry<List<OutboxChange>>> withoutFenced(
      List<Entry<List<OutboxChange>>> batch, OutboxStore.FencedException fence) {
    var rest = new ArrayList<Entry<List<OutboxChange>>>();
    for (var entry : batch) {
      boolean fenced =
          entry.value().stream()
              .anyMatch(
                  change ->
                      change instanceof OutboxChange.Decided(Delivery delivery)
                          && fence
                              .shards()
                              .contains(ShardOwnership.shard(delivery.key().groupKey())));
      if (fenced) {
        entry.stored().completeExceptionally(fence);
      } else {
        rest.add(entry);
      }
    }
    return rest;
  }

  /// Adds the facts of a failed batch to the backlog, which the next attempt stores. Entries with a
  /// decision fail, because the decision may be outdated by then.
  private void keepFacts(List<Entry<List<OutboxChange>>> batch, Throwable problem) {
    if (!failing) {
      LOG.error("The outbox cannot be stored; retrying. Check the store", problem);
    }
    failing = true;
    for (var entry : batch) {
      entry.value().stream().filter(OutboxChange::isFact).forEach(backlog::add);
      if (!entry.value().stream().allMatch(OutboxChange::isFact)) {
        entry.stored().completeExceptionally(problem);
      }
    }
    while (backlog.size() > MAX_BACKLOG) {
      backlog.removeFirst();
      LOG.warn(
          "Too many records of the outbox wait for the store, so the oldest record was dropped. Check the store");
    }
  }

  /// Stores the queued changes, then stops; waits for at most ten seconds.
  @Override
  public void close() {
    commit.close();
  }
}
