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

/// All alerts that are known, as they are now. Thread-safe.
final class KnownAlerts {
  /// How an alert changed.
  enum Change {
    /// New, begun again, ended, or with other texts: to be stored before it is acted on.
    MATERIAL,
    /// Only believed for longer.
    RENEWED,
    /// Over and told, and the same again.
    REPEATED_END
  }

  /// An alert after a post.
  record Posted(TrackedAlert alert, Change change) {}

  private final Map<Fingerprint, TrackedAlert> alerts = new ConcurrentHashMap<>();
  private final AtomicLong weight = new AtomicLong();
  private final Set<Fingerprint> settled = ConcurrentHashMap.newKeySet();

  /// Takes note of a posted alert.
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

  /// What all alerts weigh together, as [AlertLimit#weight] has it.
  long weight() {
    return weight.get();
  }

  /// What a known alert weighs; 0 for another.
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

  /// Takes note of an alert from before the start, unless it was posted again already.
  void restore(TrackedAlert alert, boolean isSettled) {
    if (alerts.putIfAbsent(alert.fingerprint(), alert) == null) {
      weight.addAndGet(AlertLimit.weight(alert));
      if (isSettled) {
        settled.add(alert.fingerprint());
      }
    }
  }

  /// Gives alerts more time that ran out while nobody could renew them.
  ///
  /// @return those
  List<TrackedAlert> excuse(Instant aliveAt, Instant now, Duration most) {
    var excused = new ArrayList<TrackedAlert>();
    for (TrackedAlert alert : List.copyOf(alerts.values())) {
      TrackedAlert later = AlertTimes.excuse(alert, aliveAt, now, most);
      if (!later.equals(alert) && alerts.replace(alert.fingerprint(), alert, later)) {
        excused.add(later);
      }
    }
    return excused;
  }

  /// Takes note that an alert's end has been told; nothing if it came again in the meantime.
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

  /// Forgets alerts that are over, but for those that are still needed.
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
