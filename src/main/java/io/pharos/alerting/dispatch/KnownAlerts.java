package io.pharos.alerting.dispatch;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// All known alerts in their latest state. Thread-safe.
final class KnownAlerts {
  /// Kind of change of an alert.
  enum Change {
    /// New, fired again, resolved, or with other texts: must be stored.
    MATERIAL,
    /// Only a later end.
    RENEWED,
    /// Repeated end of a settled alert.
    REPEATED_END
  }

  /// An alert after it was posted.
  record Posted(TrackedAlert alert, Change change) {}

  private final Map<Fingerprint, TrackedAlert> alerts = new ConcurrentHashMap<>();
  private final AtomicLong weight = new AtomicLong();
  private final Set<Fingerprint> settled = ConcurrentHashMap.newKeySet();

  /// Merges a posted alert.
  Posted post(TrackedAlert posted, Instant now) {
    var change = new Change[] {Change.MATERIAL};
    TrackedAlert current =
        alerts.compute(
            posted.fingerprint(),
            (_, known) -> {
              TrackedAlert merged = known == null ? posted : known.succeededBy(posted, now);
              change[0] = known == null ? Change.MATERIAL : change(known, merged, now);
              weight.addAndGet(AlertLimit.weight(merged) - weight(known));
              return merged;
            });
    if (change[0] == Change.MATERIAL) {
      settled.remove(posted.fingerprint());
    }
    return new Posted(current, change[0]);
  }

  /// Total weight of all alerts, see [AlertLimit#weight].
  long weight() {
    return weight.get();
  }

  /// Weight of a known alert; 0 for an unknown one.
  long weight(Fingerprint fingerprint) {
    return weight(alerts.get(fingerprint));
  }

  private static long weight(@Nullable TrackedAlert alert) {
    return alert == null ? 0 : AlertLimit.weight(alert);
  }

  private Change change(TrackedAlert known, TrackedAlert merged, Instant now) {
    boolean over = merged.isResolved(now);
    if (over && known.isResolved(now) && settled.contains(known.fingerprint())) {
      return merged.endsAt().equals(known.endsAt()) ? Change.REPEATED_END : Change.MATERIAL;
    }
    boolean same =
        over == known.isResolved(now)
            && merged.startsAt().equals(known.startsAt())
            && merged.annotations().equals(known.annotations())
            && merged.generatorUrl().equals(known.generatorUrl());
    return same && !over ? Change.RENEWED : Change.MATERIAL;
  }

  /// Adds a stored alert, unless it was posted again already.
  void restore(TrackedAlert alert, boolean isSettled) {
    if (alerts.putIfAbsent(alert.fingerprint(), alert) == null) {
      weight.addAndGet(AlertLimit.weight(alert));
      if (isSettled) {
        settled.add(alert.fingerprint());
      }
    }
  }

  /// Extends alerts that expired while nobody could renew them.
  ///
  /// @return the extended alerts
  List<TrackedAlert> extend(Instant aliveAt, Instant now, Duration most) {
    var extended = new ArrayList<TrackedAlert>();
    for (TrackedAlert alert : List.copyOf(alerts.values())) {
      TrackedAlert later = alert.extended(aliveAt, now, most);
      if (!later.equals(alert) && alerts.replace(alert.fingerprint(), alert, later)) {
        extended.add(later);
      }
    }
    return extended;
  }

  /// Marks an alert's end as reported, unless it fired again in the meantime.
  boolean settle(TrackedAlert alert, Instant now) {
    TrackedAlert current = alerts.get(alert.fingerprint());
    return current != null
        && current.isResolved(now)
        && current.updatedAt().equals(alert.updatedAt())
        && settled.add(alert.fingerprint());
  }

  boolean isSettled(Fingerprint fingerprint) {
    return settled.contains(fingerprint);
  }

  Set<Fingerprint> settled() {
    return settled;
  }

  Collection<TrackedAlert> all() {
    return alerts.values();
  }

  /// Removes resolved alerts that are not needed any more.
  List<Fingerprint> removeResolved(Instant now, Set<Fingerprint> needed) {
    var removed = new ArrayList<Fingerprint>();
    for (TrackedAlert alert : new HashSet<>(alerts.values())) {
      if (alert.isResolved(now)
          && !needed.contains(alert.fingerprint())
          && alerts.remove(alert.fingerprint(), alert)) {
        weight.addAndGet(-AlertLimit.weight(alert));
        settled.remove(alert.fingerprint());
        removed.add(alert.fingerprint());
      }
    }
    return removed;
  }
}
