package io.pharos.alerting.alert;

import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;

/// An alert in the notifier, with all times filled in.
///
/// @param fingerprint fingerprint of the labels, computed once
/// @param endsAt when the alert resolves: it fires before this instant and is resolved from this
///   instant on
/// @param updatedAt when the alert was last posted
/// @param timeout whether the end was set by the resolve timeout instead of the sender
public record TrackedAlert(
    Labels labels,
    Fingerprint fingerprint,
    Labels annotations,
    Instant startsAt,
    Instant endsAt,
    Instant updatedAt,
    boolean timeout,
    String generatorUrl) {
  /// Annotation of an alert whose end is held back because it flaps.
  public static final String FLAPPING = "flapping";

  /// Order of alerts within a notification: by job, then instance, then all labels.
  public static final Comparator<TrackedAlert> ORDER =
      byLabel("job")
          .thenComparing(byLabel("instance"))
          .thenComparing(TrackedAlert::labels, TrackedAlert::compareLabels);

  /// Fills in the times that a posted alert omits.
  public static TrackedAlert of(Alert alert, Instant now, Duration resolveTimeout) {
    Instant end = alert.endsAt();
    Instant start = alert.startsAt();
    return new TrackedAlert(
        alert.labels(),
        alert.fingerprint(),
        alert.annotations(),
        start != null ? start : end == null ? now : end,
        end == null ? now.plus(resolveTimeout) : end,
        now,
        end == null,
        alert.generatorUrl());
  }

  /// Compares label sets in Alertmanager's order: the set with fewer labels is first. If their
  /// sizes are equal, the first pair of labels that differs decides. If the names of the pair
  /// differ, the set with the larger name is first; otherwise, the set with the smaller value.
  public static int compareLabels(Labels a, Labels b) {
    if (a.size() != b.size()) {
      return Integer.compare(a.size(), b.size());
    }
    for (int i = 0; i < a.size(); i++) {
      int byName = b.name(i).compareTo(a.name(i));
      int order = byName != 0 ? byName : a.value(i).compareTo(b.value(i));
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  /// Orders by the value of a label; alerts without the label last.
  private static Comparator<TrackedAlert> byLabel(String name) {
    return Comparator.comparing((TrackedAlert alert) -> alert.labels().get(name).isEmpty())
        .thenComparing(alert -> alert.labels().get(name));
  }

  /// Returns the label `alertname`; empty if missing.
  public String name() {
    return labels.get("alertname");
  }

  /// Whether the alert is resolved. At the instant `endsAt` it is already resolved.
  public boolean isResolved(Instant now) {
    return !endsAt.isAfter(now);
  }

  /// Returns the end that the sender posted; empty while the alert fires, and if it only expired.
  public Optional<Instant> postedEnd() {
    return endsAt.isAfter(updatedAt) ? Optional.empty() : Optional.of(endsAt);
  }

  /// Returns the alert to store after this alert was posted again. If the stored and the posted
  /// alert overlap in time, they are merged; otherwise the posted alert replaces the stored alert.
  /// Alertmanager does the same (provider and `Alert.Merge`).
  ///
  /// @param newer the posted alert, with the same labels
  public TrackedAlert succeededBy(TrackedAlert newer, Instant now) {
    boolean overlaps =
        isBetween(newer.endsAt, startsAt, endsAt) || isBetween(newer.startsAt, startsAt, endsAt);
    if (!overlaps) {
      return newer;
    }
    return newer.updatedAt.isBefore(updatedAt) ? merge(newer, this, now) : merge(this, newer, now);
  }

  private static boolean isBetween(Instant instant, Instant from, Instant to) {
    return instant.isAfter(from) && instant.isBefore(to);
  }

  private static TrackedAlert merge(TrackedAlert older, TrackedAlert younger, Instant now) {
    Instant start = older.startsAt.isBefore(younger.startsAt) ? older.startsAt : younger.startsAt;
    boolean olderEndsLater = older.endsAt.isAfter(younger.endsAt);
    boolean keepOlderEnd =
        younger.isResolved(now)
            ? olderEndsLater && older.isResolved(now)
            : olderEndsLater && !older.timeout;
    return new TrackedAlert(
        younger.labels,
        younger.fingerprint,
        younger.annotations,
        start,
        keepOlderEnd ? older.endsAt : younger.endsAt,
        younger.updatedAt,
        younger.timeout,
        younger.generatorUrl);
  }

  /// Returns why the alert is invalid; empty if it is valid.
  public Optional<String> problem() {
    if (labels.isEmpty()) {
      return Optional.of("at least one label pair required");
    }
    return endsAt.isBefore(startsAt)
        ? Optional.of(
            "start time must be before end time: %s starts at %s and ends at %s"
                .formatted(labels, startsAt, endsAt))
        : Optional.empty();
  }

  /// Extends an alert that fired when this process was last alive, because its sender could not
  /// renew it since then. The new end is as far from now as the old end was from the last post, but
  /// at most `max`, and not before the old end.
  ///
  /// @param aliveAt when this process was last alive
  /// @param max maximum extension
  public TrackedAlert extended(Instant aliveAt, Instant now, Duration max) {
    if (!endsAt.isAfter(aliveAt) || !endsAt.isAfter(updatedAt)) {
      return this;
    }
    Duration validity = Duration.between(updatedAt, endsAt);
    Instant end = now.plus(validity.compareTo(max) < 0 ? validity : max);
    return end.isAfter(endsAt) ? withEndsAt(end) : this;
  }

  /// Moves the times of the alert after the clock was set back. An alert that had ended stays
  /// ended. A later post counts as later.
  ///
  /// @param before a time before the step at which the clock was right
  /// @param now first time after the step
  public TrackedAlert setBack(Instant before, Instant now) {
    boolean hadEnded = isResolved(before) || isResolved(updatedAt);
    Duration by = Duration.between(now, before);
    Instant end = hadEnded && endsAt.isAfter(now) ? earlier(endsAt.minus(by), now) : endsAt;
    Instant start = startsAt.isAfter(end) ? earlier(startsAt.minus(by), end) : startsAt;
    return new TrackedAlert(
        labels,
        fingerprint,
        annotations,
        start,
        end,
        earlier(updatedAt, now),
        timeout,
        generatorUrl);
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }

  /// Returns a copy with another start.
  public TrackedAlert withStartsAt(Instant start) {
    return new TrackedAlert(
        labels, fingerprint, annotations, start, endsAt, updatedAt, timeout, generatorUrl);
  }

  /// Returns a copy with a later end, which says why in its annotation [#FLAPPING].
  public TrackedAlert heldUntil(Instant end) {
    return new TrackedAlert(
        labels,
        fingerprint,
        annotations.with(FLAPPING, "ended at " + endsAt),
        startsAt,
        end,
        updatedAt,
        timeout,
        generatorUrl);
  }

  /// Returns a copy with another end.
  public TrackedAlert withEndsAt(Instant end) {
    return new TrackedAlert(
        labels, fingerprint, annotations, startsAt, end, updatedAt, timeout, generatorUrl);
  }
}
