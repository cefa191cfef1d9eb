package io.pharos.alerting.outbox;

import io.pharos.alerting.outbox.OutboxChange.AttemptFailed;
import io.pharos.alerting.outbox.OutboxChange.Decided;
import io.pharos.alerting.outbox.OutboxChange.Finished;
import io.pharos.alerting.outbox.OutboxChange.Forgotten;
import io.pharos.alerting.outbox.OutboxChange.Logged;
import io.pharos.alerting.outbox.OutboxChange.SentDirectly;
import io.pharos.alerting.pipeline.NotificationLogEntry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// An in-memory outbox store that can be made to fail, and a journal that writes to it immediately.
public final class InMemoryOutboxStore implements OutboxStore, OutboxStore.Journal {
  private final Map<String, Delivery> pending = new LinkedHashMap<>();
  private final Map<NotificationLogEntry.Key, NotificationLogEntry> log = new LinkedHashMap<>();
  private final List<OutboxChange> history = new ArrayList<>();
  private boolean failing;
  private boolean dead;

  public void failing(boolean fails) {
    failing = fails;
  }

  /// Stores nothing from now on, as after a kill.
  public void kill() {
    dead = true;
  }

  public void revive() {
    dead = false;
  }

  public List<OutboxChange> history() {
    return history;
  }

  @Override
  public synchronized void apply(List<OutboxChange> changes) {
    if (failing) {
      throw new IllegalStateException("the database is away");
    }
    if (dead) {
      return;
    }
    for (OutboxChange change : changes) {
      history.add(change);
      switch (change) {
        case Decided(Delivery delivery) -> pending.put(delivery.id(), delivery);
        case AttemptFailed _, SentDirectly _ -> {}
        case Finished finished -> pending.remove(finished.deliveryId());
        case Logged(NotificationLogEntry entry) -> log.put(entry.key(), entry);
        case Forgotten(List<NotificationLogEntry.Key> keys) -> keys.forEach(log::remove);
      }
    }
  }

  @Override
  public CompletableFuture<Void> append(List<OutboxChange> changes) {
    try {
      apply(changes);
      return CompletableFuture.completedFuture(null);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public List<Delivery> pending() {
    return List.copyOf(pending.values());
  }

  @Override
  public List<NotificationLogEntry> log() {
    return List.copyOf(log.values());
  }

  @Override
  public synchronized List<LedgerEntry> ledger(LedgerEntry.Query query) {
    var entries = new LinkedHashMap<String, LedgerEntry>();
    for (OutboxChange change : history) {
      switch (change) {
        case Decided(Delivery delivery) when matches(delivery, query) ->
            entries.put(delivery.id(), entry(delivery, null, Delivery.Status.PENDING, ""));
        case SentDirectly(Delivery delivery, int _, Instant at, String answer)
            when matches(delivery, query) ->
            entries.put(delivery.id(), entry(delivery, at, Delivery.Status.SENT, answer));
        case Finished(String id, Delivery.Status status, int attempts, Instant at, String answer) ->
            entries.computeIfPresent(id, (_, it) -> finished(it, status, attempts, at, answer));
        case Decided _, SentDirectly _, AttemptFailed _, Logged _, Forgotten _ -> {}
      }
    }
    return new ArrayList<>(entries.values()).reversed();
  }

  @Override
  public Map<String, List<LedgerEntry>> ledgerOf(Map<String, Instant> since) {
    var entries = new LinkedHashMap<String, List<LedgerEntry>>();
    since.forEach(
        (group, from) -> {
          List<LedgerEntry> found =
              ledger(
                  new LedgerEntry.Query(
                      "", "", group, Optional.of(from), LedgerEntry.Query.MAX_LIMIT));
          if (!found.isEmpty()) {
            entries.put(group, found);
          }
        });
    return entries;
  }

  private static boolean matches(Delivery delivery, LedgerEntry.Query query) {
    return query.groupKey().isEmpty()
        || (query.groupKey().equals(delivery.key().groupKey())
            && query
                .since()
                .filter(since -> delivery.notification().decidedAt().isBefore(since))
                .isEmpty());
  }

  private static LedgerEntry entry(
      Delivery delivery, @Nullable Instant finishedAt, Delivery.Status status, String answer) {
    return new LedgerEntry(
        delivery.id(),
        delivery.key(),
        delivery.notification().groupLabels(),
        delivery.notification().status().text(),
        delivery.notification().reason(),
        delivery.notification().firing().size(),
        delivery.notification().resolved().size(),
        delivery.notification().possibleDuplicate(),
        delivery.notification().decidedAt(),
        finishedAt,
        status,
        0,
        answer,
        List.of());
  }

  private static LedgerEntry finished(
      LedgerEntry it, Delivery.Status status, int attempts, Instant at, String answer) {
    return new LedgerEntry(
        it.deliveryId(),
        it.key(),
        it.groupLabels(),
        it.groupStatus(),
        it.reason(),
        it.firing(),
        it.resolved(),
        it.possibleDuplicate(),
        it.decidedAt(),
        at,
        status,
        attempts,
        answer,
        List.of());
  }

  @Override
  public void forgetFinishedBefore(Instant limit) {}

  /// Results of deliveries as `STATUS: answer`.
  public List<String> ends() {
    var ends = new ArrayList<String>();
    for (OutboxChange change : history) {
      if (change instanceof Finished finished) {
        ends.add(finished.status() + ": " + finished.answer());
      }
      if (change instanceof SentDirectly sent) {
        ends.add("DIRECT: " + sent.answer());
      }
    }
    return ends;
  }
}
