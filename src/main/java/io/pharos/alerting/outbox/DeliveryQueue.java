package io.pharos.alerting.outbox;

import io.pharos.alerting.pipeline.NotificationDecision;
import io.pharos.alerting.pipeline.NotificationLogEntry;
import io.pharos.alerting.pipeline.Reach;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The deliveries of one group to one integration, in order. The lock of the queue guards all
/// fields. All instants are of [Timers#now], so that a step of the clock changes no wait.
final class DeliveryQueue {
  /* Each pair of group and integration has a queue of at most two deliveries: the current one,
   * which waits or is being sent, and the next one. The current delivery is tried until its
   * deadline, even after the group's state has changed: if an alert fires and is resolved while
   * its receiver is down, both are reported later. A later decision assumes that the current
   * delivery will succeed. It replaces only the next delivery, because every delivery contains
   * the whole state of the group. When the current delivery is given up, the next one is decided
   * again. If the process is killed after it has sent a delivery and before it has recorded that,
   * the delivery is still pending, and the next start sends it again with the same delivery id. */

  /// If a delivery has not succeeded after this time, the receiver's fallback is notified; the
  /// attempts continue.
  private static final Duration FALLBACK_AFTER = Duration.ofMinutes(1);

  /// A delivery in the queue.
  static final class Item {
    final CompletableFuture<Boolean> done = new CompletableFuture<>();
    volatile Delivery delivery;

    /// The group's state from which the delivery was decided. Empty if the delivery was decided
    /// before the start of the process and the group has not been flushed since.
    Optional<NotificationDecision> state;

    /// Whether the fallback was notified instead.
    boolean fellBack;

    /// Whether the delivery waits for a missing secret file.
    boolean unconfigured;

    /// Whether the delivery may be sent: its decision is stored, or the delivery is sent without a
    /// stored decision.
    volatile boolean stored;

    /// Whether an attempt was passed to the executor or a timer.
    boolean started;

    /// Whether the delivery is sent although its decision is not stored.
    boolean direct;

    int attempts;

    /// Number of failed attempts since the back-off began. At `backoffResetAt` the back-off begins
    /// again.
    int failures;

    Instant backoffResetAt;

    /// When the delivery is given up.
    volatile Instant deadline;

    /// When the receiver's fallback is notified.
    final Instant fallBackAt;

    private boolean finished;

    private Item(
        Delivery delivery,
        Optional<NotificationDecision> state,
        boolean stored,
        Instant deadline,
        Instant fallBackAt) {
      this.delivery = delivery;
      this.state = state;
      this.stored = stored;
      this.deadline = deadline;
      this.backoffResetAt = deadline;
      this.fallBackAt = fallBackAt;
    }

    /// Creates the item of a new decision.
    static Item decided(Delivery delivery, NotificationDecision state, Instant now) {
      Instant deadline = now.plus(state.context().timeout());
      return new Item(delivery, Optional.of(state), false, deadline, now.plus(FALLBACK_AFTER));
    }

    /// Creates the item of a delivery that was decided before the start of the process.
    ///
    /// @param clock now by the notifier's clock
    static Item restored(Delivery stored, Instant now, Instant clock) {
      Instant decided = stored.notification().decidedAt();
      Duration age = Duration.between(decided, clock);
      Instant fallBackAt = now.plus(FALLBACK_AFTER).minus(age.isNegative() ? Duration.ZERO : age);
      Instant deadline = now.plus(Duration.between(decided, stored.deadline()));
      return new Item(stored, Optional.empty(), true, deadline, fallBackAt);
    }

    boolean isFinished() {
      return finished;
    }

    /// Completes [#done]. Its listeners may run while the queue's lock is held.
    void finish(boolean notified) {
      finished = true;
      done.complete(notified);
    }

    /// Returns the type of the integration, such as `slack`.
    String type() {
      return delivery.key().integration().type();
    }

    /// Creates the change that records the end of the delivery.
    OutboxChange finished(Delivery.Status status, Instant at, String answer) {
      return new OutboxChange.Finished(delivery.id(), status, attempts, at, answer);
    }
  }

  @Nullable Item current;
  @Nullable Item next;

  /// Whether an attempt to send the current item is in progress.
  boolean inFlight;

  /// Earliest instant of the next attempt: the end of the back-off, or of the pause that the
  /// receiver requested.
  Instant notBefore;

  /// End of the pause that the receiver requested.
  Instant requestedUntil;

  Timers.@Nullable Timer retry;
  boolean retired;

  /// The last delivery that was not sent because a secret file was missing. A delivery of the same
  /// state is not decided again while the file is missing.
  @Nullable Delivery unsent;

  /// When the last delivery failed for good, by the notifier's clock; null if it was sent since.
  @Nullable Instant failedAt;

  /// Whether the last decision could not be stored, so that nothing was sent. May be read without
  /// the lock.
  volatile boolean isUnstored;

  /// Whether the decision before the last one could not be stored either.
  boolean wasUnstored;

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

  /// Returns what is known about the integration and the group.
  synchronized Reach reach(Optional<NotificationLogEntry> last) {
    return new Reach(last.orElse(null), current != null, failedAt, isUnstored);
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

  /// Extends the deadline of an item. If `backoffResetAt` has passed, the back-off begins again as
  /// for a new decision, so that a receiver that works again is notified soon.
  ///
  /// @param timeout time from now to the deadline
  /// @return true if the item must be started again
  boolean keepTrying(Item item, Duration timeout, Instant now) {
    item.deadline = now.plus(timeout);
    if (now.isBefore(item.backoffResetAt)) {
      return false;
    }
    item.backoffResetAt = item.deadline;
    item.failures = 0;
    if (inFlight || retry == null || !notBefore.isAfter(now)) {
      return false;
    }
    retry.cancel();
    notBefore = requestedUntil;
    item.started = false;
    return true;
  }

  /// Sets the instant of the next attempt after a failed attempt.
  ///
  /// @param backoff pause of the back-off
  /// @param retryAfter pause that the receiver requested
  /// @return false if the next attempt would be after the deadline
  boolean backOff(Item item, Duration backoff, Optional<Duration> retryAfter, Instant now) {
    Duration wait =
        retryAfter.filter(requested -> requested.compareTo(backoff) > 0).orElse(backoff);
    notBefore = now.plus(wait);
    requestedUntil = now.plus(retryAfter.orElse(Duration.ZERO));
    if (notBefore.isAfter(item.deadline)) {
      // The next delivery starts with a new back-off; only the requested pause also applies to it.
      notBefore = requestedUntil;
      return false;
    }
    return true;
  }

  /// Marks an attempt of the item as in progress.
  ///
  /// @return false if another item is current, or an attempt is already in progress
  synchronized boolean begin(Item item) {
    if (current != item || inFlight) {
      return false;
    }
    inFlight = true;
    return true;
  }

  /// Retires the queue because another replica takes over its group.
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
