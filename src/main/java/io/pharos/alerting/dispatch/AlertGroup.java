package io.pharos.alerting.dispatch;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.outbox.ShardOwnership;
import io.pharos.alerting.outbox.Timers;
import io.pharos.alerting.pipeline.Pipeline;
import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The alerts of one route with the same group labels, and the timer that flushes them.
final class AlertGroup {
  /* The lock of `this` guards the mutable fields. It is never held while the pipeline runs, because
   * the pipeline acquires locks and calls settle(). The lock of `flushing` serializes flushes. */
  private final Object flushing = new Object();
  private final Dispatcher dispatcher;
  private final Pipeline pipeline;
  final Route route;
  final Labels labels;
  final String key;
  private final Map<Fingerprint, TrackedAlert> alerts = new HashMap<>();
  private Timers.@Nullable Timer timer;
  private boolean overdue;
  private boolean flushed;
  private boolean destroyed;

  AlertGroup(Dispatcher dispatcher, Pipeline pipeline, Route route, Labels labels) {
    this.dispatcher = dispatcher;
    this.pipeline = pipeline;
    this.route = route;
    this.labels = labels;
    this.key = route.groupKey(labels);
  }

  int shard() {
    return ShardOwnership.shard(key);
  }

  /// Adds or replaces an alert. Call [#arm] once all alerts of a post are added.
  ///
  /// @return false if the group is destroyed, so that the caller must create a new group
  synchronized boolean insert(TrackedAlert alert, Instant now) {
    if (destroyed) {
      return false;
    }
    alerts.put(alert.fingerprint(), alert);
    overdue |= alert.startsAt().plus(route.groupWait()).isBefore(now);
    return true;
  }

  /// Schedules the first flush of the group: at once if one of its alerts began more than
  /// group_wait ago, otherwise after group_wait. Does nothing after the first flush.
  synchronized void arm() {
    if (destroyed || flushed) {
      return;
    }
    if (timer == null) {
      schedule(overdue ? Duration.ZERO : route.groupWait());
    } else if (overdue) {
      timer.cancel();
      schedule(Duration.ZERO);
    }
  }

  private void schedule(Duration delay) {
    timer = dispatcher.timers.schedule(delay, this::tick);
  }

  private synchronized void tick() {
    if (destroyed) {
      return;
    }
    flushed = true;
    schedule(route.groupInterval());
    dispatcher.executor.execute(this::flush);
  }

  /// Flushes the group at once, beside its timer, unless its first flush is still to come.
  synchronized void flushSoon() {
    if (!destroyed && flushed) {
      dispatcher.executor.execute(this::flush);
    }
  }

  private void flush() {
    synchronized (flushing) {
      Instant now = dispatcher.now();
      if (isDestroyed()) {
        return;
      }
      List<TrackedAlert> snapshot = snapshot();
      if (snapshot.isEmpty()) {
        destroyIfEmpty();
        return;
      }
      snapshot.sort(TrackedAlert.ORDER);
      var context =
          new Pipeline.FlushContext(
              key,
              labels,
              route.receiver(),
              route.muteIntervals(),
              route.activeIntervals(),
              route.groupInterval(),
              route.repeatInterval(),
              now);
      Pipeline.Flushed result = pipeline.flush(context, snapshot);
      var _ =
          result
              .notified()
              .thenAcceptAsync(
                  notified -> {
                    if (notified) {
                      settle(snapshot, result, now);
                    }
                  },
                  dispatcher.executor);
    }
  }

  /// Removes resolved alerts whose end was reported, unless they have fired again in the meantime.
  private void settle(List<TrackedAlert> snapshot, Pipeline.Flushed result, Instant now) {
    var settled = new ArrayList<TrackedAlert>();
    synchronized (this) {
      for (TrackedAlert alert : snapshot) {
        TrackedAlert current = alerts.get(alert.fingerprint());
        if (alert.isResolved(now)
            && current != null
            && current.updatedAt().equals(alert.updatedAt())) {
          alerts.remove(alert.fingerprint());
          if (!result.muted().contains(alert.fingerprint())) {
            settled.add(alert);
          }
        }
      }
    }
    dispatcher.settled(settled);
    destroyIfEmpty();
  }

  private void destroyIfEmpty() {
    synchronized (this) {
      if (destroyed || !alerts.isEmpty()) {
        return;
      }
      stop();
    }
    dispatcher.destroyed(this);
  }

  private synchronized boolean isDestroyed() {
    return destroyed;
  }

  /// Stops the timer. A stopped group is never flushed again.
  synchronized void stop() {
    destroyed = true;
    if (timer != null) {
      timer.cancel();
    }
  }

  /// Returns a copy of the alerts, in no order.
  synchronized List<TrackedAlert> snapshot() {
    return new ArrayList<>(alerts.values());
  }

  synchronized void addFingerprints(Collection<Fingerprint> target) {
    target.addAll(alerts.keySet());
  }

  synchronized boolean contains(Fingerprint fingerprint) {
    return alerts.containsKey(fingerprint);
  }
}
