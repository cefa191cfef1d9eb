package io.pharos.alerting.outbox;

import io.pharos.alerting.pipeline.NotificationDecision;
import io.pharos.alerting.pipeline.Pipeline;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The deliveries of one group to one integration, in order. All fields are guarded by the queue
/// itself.
final class DeliveryQueue {
  /// A queued delivery.
  static final class Item {
    final CompletableFuture<Boolean> done = new CompletableFuture<>();
    volatile Delivery delivery;

    /// The group's state that it was decided from; empty for a delivery from before the start whose
    /// group has not been flushed since.
    Optional<NotificationDecision> state;

    /// Whether the fallback was notified in its place.
    boolean fellBack;

    /// Whether it waits for a missing secret file.
    boolean unconfigured;

    /// Whether the decision would survive a kill, or is sent regardless.
    volatile boolean stored;

    /// Whether an attempt was passed to the executor or a timer.
    boolean started;

    /// Whether it is sent without a stored decision.
    boolean direct;

    int attempts;

    /// Failed attempts since the back-off began, and when the back-off starts again.
    int failures;

    Instant backoffResetAt;
    private boolean finished;

    Item(Delivery delivery, Optional<NotificationDecision> state, boolean stored) {
      this.delivery = delivery;
      this.state = state;
      this.stored = stored;
      this.backoffResetAt = delivery.deadline();
    }

    boolean isFinished() {
      return finished;
    }

    /// Completes [#done], whose listeners may run within the queue's lock.
    void finish(boolean notified) {
      finished = true;
      done.complete(notified);
    }

    /// The kind of integration, such as `slack`.
    String type() {
      return delivery.key().integration().type();
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

  /// Earliest instant of the next attempt: back-off, or the pause that the receiver requested.
  Instant notBefore;

  /// End of the pause that the receiver requested.
  Instant requestedUntil;

  Timers.@Nullable Timer retry;
  boolean retired;

  /// The last delivery that failed for lack of a secret file: the same state is not decided again
  /// while the file is missing.
  @Nullable Delivery unsent;

  DeliveryQueue(Instant now) {
    notBefore = now;
    requestedUntil = now;
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

  /// Extends the deadline of an item. If its old deadline has passed, the back-off starts again, as
  /// for a new decision, so that a recovered receiver is not left waiting.
  ///
  /// @return true if the item must be started again
  boolean keepTrying(Item item, Pipeline.FlushContext tick) {
    item.delivery = item.delivery.withDeadline(tick.deadline());
    if (tick.now().isBefore(item.backoffResetAt)) {
      return false;
    }
    item.backoffResetAt = tick.deadline();
    item.failures = 0;
    if (inFlight || retry == null || !notBefore.isAfter(tick.now())) {
      return false;
    }
    retry.cancel();
    notBefore = requestedUntil;
    item.started = false;
    return true;
  }

  /// Schedules the next attempt after a failed one.
  ///
  /// @param retryAfter the pause that the receiver requested
  /// @return false if the next attempt would be past the deadline
  boolean backOff(Item item, Duration own, Optional<Duration> retryAfter, Instant now) {
    Duration wait = retryAfter.filter(requested -> requested.compareTo(own) > 0).orElse(own);
    notBefore = now.plus(wait);
    requestedUntil = now.plus(retryAfter.orElse(Duration.ZERO));
    if (notBefore.isAfter(item.delivery.deadline())) {
      // The next decision starts with a new back-off; only the requested pause applies to it too.
      notBefore = requestedUntil;
      return false;
    }
    return true;
  }

  /// Marks an attempt as in progress, unless another item is current.
  synchronized boolean begin(Item item) {
    if (current != item || inFlight) {
      return false;
    }
    inFlight = true;
    return true;
  }

  /// Retires the queue because another replica takes over.
  ///
  /// @return the items that are not being sent
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
