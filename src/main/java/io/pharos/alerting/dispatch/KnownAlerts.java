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
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// All known alerts in their latest state. Thread-safe.
final class KnownAlerts {
  /// Kind of change of an alert.
  enum Change {
    /// The alert is new, has fired again, was resolved, or has other texts: it must be stored.
    MATERIAL,
    /// Only the end of the alert is later.
    RENEWED,
    /// The end of a settled alert was posted again.
    REPEATED_END
  }

  /// The state of an alert after a post.
  record Posted(TrackedAlert alert, Change change) {}

  private final Map<Fingerprint, TrackedAlert> alerts = new ConcurrentHashMap<>();
  private final AtomicLong weight = new AtomicLong();
  private final Set<Fingerprint> settled = ConcurrentHashMap.newKeySet();

  /// Merges a posted alert into the known alert with the same labels, or adds it.
  Posted post(TrackedAlert posted, Instant now) {
    return put(posted, known -> known.succeededBy(posted, now), now);
  }

  /// Replaces the end of a known alert, even if its sender had promised a later one.
  Posted end(TrackedAlert posted, Instant now) {
    return put(
        posted,
        known ->
            known.startsAt().isBefore(posted.startsAt())
                ? posted.withStartsAt(known.startsAt())
                : posted,
        now);
  }

  private Posted put(TrackedAlert posted, UnaryOperator<TrackedAlert> merger, Instant now) {
    var change = new Change[] {Change.MATERIAL};
    TrackedAlert current =
        alerts.compute(
            posted.fingerprint(),
            (_, known) -> {
              TrackedAlert merged = known == null ? posted : merger.apply(known);
              change[0] = known == null ? Change.MATERIAL : change(known, merged, now);
              weight.addAndGet(AlertLimit.weight(merged) - weight(known));
              return merged;
            });
    if (change[0] == Change.MATERIAL) {
      settled.remove(posted.fingerprint());
    }
    return new Posted(current, change[0]);
  }

  /// Returns the posted alerts, except repeated ends.
  static List<TrackedAlert> changed(Stream<Posted> posted) {
    return posted.filter(it -> it.change != Change.REPEATED_END).map(Posted::alert).toList();
  }

  /// Returns the total weight of all alerts, see [AlertLimit#weight].
  long weight() {
    return weight.get();
  }

  /// Returns the known alert with these labels.
  Optional<TrackedAlert> get(Fingerprint fingerprint) {
    return Optional.ofNullable(alerts.get(fingerprint));
  }

  /// Returns the weight of a known alert; 0 for an unknown alert.
  long weight(Fingerprint fingerprint) {
    return weight(alerts.get(fingerprint));
  }

  private static long weight(@Nullable TrackedAlert alert) {
    return alert == null ? 0 : AlertLimit.weight(alert);
  }

  private Change change(TrackedAlert known, TrackedAlert merged, Instant now) {
    boolean resolved = merged.isResolved(now);
    if (resolved && known.isResolved(now) && settled.contains(known.fingerprint())) {
      return merged.endsAt().equals(known.endsAt()) ? Change.REPEATED_END : Change.MATERIAL;
    }
    boolean same =
        resolved == known.isResolved(now)
            && merged.startsAt().equals(known.startsAt())
            && merged.annotations().equals(known.annotations())
            && merged.generatorUrl().equals(known.generatorUrl());
    return same && !resolved ? Change.RENEWED : Change.MATERIAL;
  }

  /// Adds an alert from the store, unless an alert with the same labels has been posted since the
  /// start.
  void restore(TrackedAlert alert, boolean isSettled) {
    if (alerts.putIfAbsent(alert.fingerprint(), alert) == null) {
      weight.addAndGet(AlertLimit.weight(alert));
      if (isSettled) {
        settled.add(alert.fingerprint());
      }
    }
  }

  /// Extends alerts that expired while they could not be renewed.
  ///
  /// @param aliveAt when this process was last alive
  /// @param max maximum extension
  /// @return the extended alerts
  List<TrackedAlert> extend(Instant aliveAt, Instant now, Duration max) {
    var extended = new ArrayList<TrackedAlert>();
    for (TrackedAlert alert : List.copyOf(alerts.values())) {
      TrackedAlert later = alert.extended(aliveAt, now, max);
      if (!later.equals(alert) && alerts.replace(alert.fingerprint(), alert, later)) {
        extended.add(later);
      }
    }
    return extended;
  }

  /// Moves the times of alerts after the clock was set back, see [TrackedAlert#setBack].
  ///
  /// @param before last time before the step
  /// @return the alerts that have changed
  List<TrackedAlert> setBack(Instant before, Instant now) {
    var moved = new ArrayList<TrackedAlert>();
    for (TrackedAlert alert : List.copyOf(alerts.values())) {
      TrackedAlert earlier = alert.setBack(before, now);
      if (!earlier.equals(alert) && alerts.replace(alert.fingerprint(), alert, earlier)) {
        moved.add(earlier);
      }
    }
    return moved;
  }

  /// Marks the end of an alert as reported, unless the alert fired again in the meantime.
  ///
  /// @return whether the end was not yet marked and is marked now
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

  /// Removes resolved alerts, except the alerts in `needed`.
  ///
  /// @return the fingerprints of the removed alerts
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
