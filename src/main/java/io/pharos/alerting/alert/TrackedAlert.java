package io.pharos.alerting.alert;

import static java.util.Objects.requireNonNull;

import io.pharos.model.Labels;
import java.time.Instant;
import java.util.Comparator;

/// An alert as the notifier keeps it: every time is known.
///
/// @param fingerprint of the labels, computed once
/// @param endsAt when it is over: resolved from that instant on, firing before
/// @param updatedAt when it was last posted
/// @param timeout whether the end was not given but set by the resolve timeout
public record TrackedAlert(
    Labels labels,
    Fingerprint fingerprint,
    Labels annotations,
    Instant startsAt,
    Instant endsAt,
    Instant updatedAt,
    boolean timeout,
    String generatorUrl) {
  /// The order within a notification: by job, instance, then all labels.
  public static final Comparator<TrackedAlert> ORDER =
      byLabel("job")
          .thenComparing(byLabel("instance"))
          .thenComparing(TrackedAlert::labels, LabelSetOrder::compare);

  public TrackedAlert {
    requireNonNull(labels, "labels is null");
    requireNonNull(fingerprint, "fingerprint is null");
    requireNonNull(annotations, "annotations is null");
    requireNonNull(startsAt, "startsAt is null");
    requireNonNull(endsAt, "endsAt is null");
    requireNonNull(updatedAt, "updatedAt is null");
    requireNonNull(generatorUrl, "generatorUrl is null");
  }

  /// By the value of a label; those without it last.
  private static Comparator<TrackedAlert> byLabel(String name) {
    return Comparator.comparing((TrackedAlert alert) -> alert.labels().get(name).isEmpty())
        .thenComparing(alert -> alert.labels().get(name));
  }

  public String name() {
    return labels.get("alertname");
  }

  /// Whether it is over; the very instant of its end counts.
  public boolean isResolved(Instant now) {
    return !endsAt.isAfter(now);
  }

  /// This alert, posted again: where the two overlap in time they are one episode and merge, else
  /// the newer one stands alone (Alertmanager's provider and `Alert.Merge`).
  ///
  /// @param newer of the same labels
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

  /// The same with another end.
  public TrackedAlert withEndsAt(Instant end) {
    return new TrackedAlert(
        labels, fingerprint, annotations, startsAt, end, updatedAt, timeout, generatorUrl);
  }
}
