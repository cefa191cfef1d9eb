package io.pharos.alerting.pipeline;

import io.pharos.model.Labels;
import io.pharos.model.Sha256;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A notification of one integration about one group. It always contains the whole group, not only
/// the changes.
///
/// @param deliveryId the idempotency key: the same for every attempt, also after a restart
/// @param receiver the receiver's name as configured
/// @param integration the type, such as `slack`
/// @param integrationIndex position among the receiver's integrations of this type, from 0
/// @param groupKey the group's identity, such as `{}/{a="b"}:{alertname="x"}`
/// @param status firing if any alert fires
/// @param commonLabels labels that all alerts, firing and resolved, share
/// @param externalUrl external base URL of Pharos, without a slash at the end
/// @param alerts sorted by job, instance, labels
/// @param decidedAt when the notification was decided
/// @param truncated number of alerts omitted from [#alerts]
/// @param first whether this is the integration's first notification about this group
/// @param possibleDuplicate whether the notification is sent without a stored decision, because the
///   database is unavailable
/// @param step the step of a policy that caused it; null if none did
public record Notification(
    String deliveryId,
    String receiver,
    String integration,
    int integrationIndex,
    String groupKey,
    NotifiedAlert.Status status,
    Labels groupLabels,
    Labels commonLabels,
    Labels commonAnnotations,
    String externalUrl,
    List<NotifiedAlert> alerts,
    Reason reason,
    Instant decidedAt,
    int truncated,
    boolean first,
    boolean possibleDuplicate,
    @Nullable EscalationStep step) {
  public Notification {
    alerts = List.copyOf(alerts);
  }

  /// Creates a notification that no step of a policy caused.
  public Notification(
      String deliveryId,
      String receiver,
      String integration,
      int integrationIndex,
      String groupKey,
      NotifiedAlert.Status status,
      Labels groupLabels,
      Labels commonLabels,
      Labels commonAnnotations,
      String externalUrl,
      List<NotifiedAlert> alerts,
      Reason reason,
      Instant decidedAt,
      int truncated,
      boolean first,
      boolean possibleDuplicate) {
    this(
        deliveryId,
        receiver,
        integration,
        integrationIndex,
        groupKey,
        status,
        groupLabels,
        commonLabels,
        commonAnnotations,
        externalUrl,
        alerts,
        reason,
        decidedAt,
        truncated,
        first,
        possibleDuplicate,
        null);
  }

  /// Returns the firing alerts.
  public List<NotifiedAlert> firing() {
    return alerts.stream().filter(NotifiedAlert::isFiring).toList();
  }

  /// Returns the resolved alerts.
  public List<NotifiedAlert> resolved() {
    return alerts.stream().filter(alert -> !alert.isFiring()).toList();
  }

  /// Returns the key of the group's incident at incident services: the SHA-256 of the group key in
  /// hexadecimal. Alertmanager uses the same key, so Pharos and Alertmanager can close each other's
  /// incidents.
  public String groupHash() {
    return Sha256.hex(groupKey);
  }

  /// Returns a copy with at most `max` alerts. The common labels are computed from the remaining
  /// alerts, and `truncated` also counts the removed alerts.
  ///
  /// @param max 0 for no limit
  public Notification truncate(int max) {
    if (max <= 0 || alerts.size() <= max) {
      return this;
    }
    List<NotifiedAlert> remaining = alerts.subList(0, max);
    return new Notification(
        deliveryId,
        receiver,
        integration,
        integrationIndex,
        groupKey,
        statusOf(remaining),
        groupLabels,
        common(remaining, NotifiedAlert::labels),
        common(remaining, NotifiedAlert::annotations),
        externalUrl,
        remaining,
        reason,
        decidedAt,
        truncated + alerts.size() - max,
        first,
        possibleDuplicate,
        step);
  }

  /// Returns a copy that is marked as a possible duplicate.
  public Notification asPossibleDuplicate() {
    return new Notification(
        deliveryId,
        receiver,
        integration,
        integrationIndex,
        groupKey,
        status,
        groupLabels,
        commonLabels,
        commonAnnotations,
        externalUrl,
        alerts,
        reason,
        decidedAt,
        truncated,
        first,
        true,
        step);
  }

  /// Combines several notifications of the same integration into one notification with its own
  /// group key.
  ///
  /// @param notifications at least one
  public static Notification together(String deliveryId, List<Notification> notifications) {
    Notification any = notifications.getFirst();
    List<NotifiedAlert> alerts =
        notifications.stream().flatMap(notification -> notification.alerts().stream()).toList();
    return new Notification(
        deliveryId,
        any.receiver,
        any.integration,
        any.integrationIndex,
        "storm:" + any.receiver + "/" + any.integration + "/" + any.integrationIndex,
        statusOf(alerts),
        common(notifications, Notification::groupLabels),
        common(alerts, NotifiedAlert::labels),
        common(alerts, NotifiedAlert::annotations),
        any.externalUrl,
        alerts,
        Reason.STORM,
        any.decidedAt,
        notifications.stream().mapToInt(Notification::truncated).sum(),
        notifications.stream().allMatch(Notification::first),
        notifications.stream().anyMatch(Notification::possibleDuplicate));
  }

  /// Returns firing if any of the alerts fires.
  public static NotifiedAlert.Status statusOf(List<NotifiedAlert> alerts) {
    return alerts.stream().anyMatch(NotifiedAlert::isFiring)
        ? NotifiedAlert.Status.FIRING
        : NotifiedAlert.Status.RESOLVED;
  }

  /// Returns the labels that all label sets share.
  ///
  /// @param labelSet returns the label set of an item
  public static <T> Labels common(List<T> items, Function<T, Labels> labelSet) {
    if (items.isEmpty()) {
      return Labels.empty();
    }
    Labels first = labelSet.apply(items.getFirst());
    return first.keep(
        name -> {
          String value = first.get(name);
          return items.stream().allMatch(item -> labelSet.apply(item).get(name).equals(value));
        });
  }

  /// Why a notification is due. The texts are visible to users.
  public enum Reason {
    FIRST_NOTIFICATION("first notification"),
    NEW_ALERTS("new alerts in the group"),
    ALL_RESOLVED("all alerts are resolved"),
    SOME_RESOLVED("some alerts are resolved"),
    REPEAT("repeat interval has passed"),
    FALLBACK("another receiver could not be notified"),
    MORE_SEVERE("more severe than what was acknowledged"),
    ACKNOWLEDGEMENT_EXPIRED("the acknowledgement has expired"),
    ACKNOWLEDGEMENT_RELEASED("the acknowledgement was released"),
    ESCALATED("the policy escalated"),
    STILL_ON_IT("the acknowledgement ends soon, unless it is renewed"),
    SHIFT("your shift has begun"),
    STORM("many groups at once, combined into one message"),
    TEST("a test message");

    private final String text;

    Reason(String text) {
      this.text = text;
    }

    /// Returns the reason in English.
    public String text() {
      return text;
    }
  }
}
