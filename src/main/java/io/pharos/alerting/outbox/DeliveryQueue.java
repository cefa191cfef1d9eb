package io.pharos.alerting.outbox;

import io.pharos.alerting.pipeline.FlushContext;
import io.pharos.alerting.pipeline.NotificationDecision;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The deliveries of one group to one integration, in order. All fields are guarded by the lane
/// itself.
final class DeliveryQueue {
  /// A delivery in the lane.
  static final class Item {
    final CompletableFuture<Boolean> done = new CompletableFuture<>();
    volatile Delivery delivery;

    /// The group's state that it was decided from; empty where that was before the start and the
    /// group has not been looked at since.
    Optional<NotificationDecision> state;

    /// Whether another receiver was asked to be told in its place.
    boolean fellBack;

    /// Whether it waits for something that the integration lacks.
    boolean unconfigured;

    /// Whether the decision would survive a kill, or is sent regardless.
    volatile boolean stored;

    /// Whether an attempt was handed to the executor or a timer.
    boolean started;

    /// Whether it is sent without a stored decision.
    boolean direct;

    int attempts;

    /// Failed attempts since the back-off began, and when it begins anew.
    int failures;

    Instant freshAt;
    private boolean finished;

    Item(Delivery delivery, Optional<NotificationDecision> state, boolean stored) {
      this.delivery = delivery;
      this.state = state;
      this.stored = stored;
      this.freshAt = delivery.deadline();
    }

    boolean isFinished() {
      return finished;
    }

    /// Tells whoever waits. They may be called from within the lane's lock.
    void finish(boolean notified) {
      finished = true;
      done.complete(notified);
    }

    /// Creates the record that no more attempts follow.
    OutboxChange finished(Delivery.Status status, Instant at, String answer) {
      return new OutboxChange.Finished(delivery.id(), status, attempts, at, answer);
    }
  }

  @Nullable Item current;
  @Nullable Item next;

  /// Whether an attempt to send the current item is in progress.
  boolean inFlight;

  /// The earliest instant of the next attempt: back-off, or what the receiver asked for.
  Instant notBefore;

  /// Until when the receiver asked not to be called.
  Instant askedUntil;

  Timers.@Nullable Timer retry;
  boolean retired;

  /// What came to nothing because the integration lacked something: the same is not decided again
  /// while it does.
  @Nullable Delivery unsent;

  DeliveryQueue(Instant now) {
    notBefore = now;
    askedUntil = now;
  }

  void add(Item item) {
    if (current == null) {
      current = item;
    } else {
      next = item;
    }
  }

  void drop(Item item) {
    if (next == item) {
      next = null;
    } else if (current == item) {
      current = next;
      next = null;
      if (retry != null) {
        retry.cancel();
        retry = null;
      }
    }
  }

  /// Gives an item time until another deadline. Once its own has passed its back-off begins anew,
  /// as if it were a new decision: a receiver that comes back is not left waiting.
  ///
  /// @return true where it is to be started again
  boolean keepTrying(Item item, FlushContext tick) {
    item.delivery = item.delivery.withDeadline(tick.deadline());
    if (tick.now().isBefore(item.freshAt)) {
      return false;
    }
    item.freshAt = tick.deadline();
    item.failures = 0;
    if (inFlight || retry == null || !notBefore.isAfter(tick.now())) {
      return false;
    }
    retry.cancel();
    notBefore = askedUntil;
    item.started = false;
    return true;
  }

  /// Marks an attempt as in progress, if the item is still the one to be sent.
  synchronized boolean begin(Item item) {
    if (current != item || inFlight) {
      return false;
    }
    inFlight = true;
    return true;
  }

  /// Ends the lane where another replica goes on.
  ///
  /// @return what was not being sent
  synchronized List<Item> abandon() {
    retired = true;
    if (retry != null) {
      retry.cancel();
      retry = null;
    }
    var dropped = new ArrayList<Item>(2);
    if (current != null && !inFlight) {
      dropped.add(current);
      current = null;
    }
    if (next != null) {
      dropped.add(next);
      next = null;
    }
    return dropped;
  }

  synchronized boolean retireIfIdle(Instant now) {
    retired = current == null && next == null && !notBefore.isAfter(now);
    return retired;
  }
}
