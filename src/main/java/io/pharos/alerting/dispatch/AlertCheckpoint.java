package io.pharos.alerting.dispatch;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Collects changes of alerts that can wait for the next checkpoint: extended end times, settled
/// alerts and deleted alerts. Thread-safe.
final class AlertCheckpoint {
  private static final Logger LOG = LoggerFactory.getLogger(AlertCheckpoint.class);

  private final AlertStore store;
  private final KnownAlerts known;
  private final DispatchMetrics metrics;
  private final Set<Fingerprint> toRenew = ConcurrentHashMap.newKeySet();
  private final Set<Fingerprint> toSettle = ConcurrentHashMap.newKeySet();
  private final Set<Fingerprint> toForget = ConcurrentHashMap.newKeySet();

  AlertCheckpoint(AlertStore store, KnownAlerts known, DispatchMetrics metrics) {
    this.store = store;
    this.known = known;
    this.metrics = metrics;
  }

  void renew(Fingerprint alert) {
    toRenew.add(alert);
  }

  void settle(Fingerprint alert) {
    toSettle.add(alert);
  }

  void forget(Fingerprint alert) {
    toForget.add(alert);
  }

  /// Stores the collected changes. If the store fails, they are stored with the next checkpoint.
  void write(Instant now) {
    Set<Fingerprint> renewed = drain(toRenew);
    Set<Fingerprint> settled = drain(toSettle);
    settled.removeIf(alert -> !known.isSettled(alert)); // it fires again
    Set<Fingerprint> forgotten = drain(toForget);
    try {
      store.checkpoint(now, alerts(renewed), settled, forgotten);
    } catch (RuntimeException | Error e) {
      LOG.error("The checkpoint of the alerts cannot be stored; retrying. Check the store", e);
      metrics.storeFailed();
      toRenew.addAll(renewed);
      toSettle.addAll(settled);
      toForget.addAll(forgotten);
    }
  }

  private static Set<Fingerprint> drain(Set<Fingerprint> set) {
    var drained = new HashSet<>(set);
    set.removeAll(drained);
    return drained;
  }

  private List<TrackedAlert> alerts(Set<Fingerprint> wanted) {
    return wanted.isEmpty()
        ? List.of()
        : known.all().stream().filter(alert -> wanted.contains(alert.fingerprint())).toList();
  }
}
