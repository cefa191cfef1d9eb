package io.pharos.alerting.message;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifiedAlert;
import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// Notifications shared by the tests of channels.
public final class NotificationSamples {
  /// Time of all decisions.
  public static final Instant NOW = Instant.parse("2026-03-01T11:05:30Z");

  private static final Labels GROUP =
      Labels.of("alertname", "HighErrorRate", "service", "checkout");

  private NotificationSamples() {}

  /// Three pods fire, one of them is new; a fourth is resolved.
  public static Notification firing() {
    return notification(
        List.of(
            alert("pod-1:8080", "7.2 %", NOW.minus(Duration.ofMinutes(23)), null, true),
            alert("pod-7:8080", "5.1 %", NOW.minus(Duration.ofMinutes(2)), null, false),
            alert("pod-4:8080", "3 % & <rising>", NOW.minus(Duration.ofMinutes(11)), null, true),
            alert(
                "pod-2:8080",
                "2.4 %",
                NOW.minus(Duration.ofMinutes(23)),
                NOW.minusSeconds(60),
                false)),
        Notification.Reason.NEW_ALERTS,
        false);
  }

  /// The first message of one firing alert.
  public static Notification single() {
    return notification(
        List.of(alert("pod-1:8080", "7.2 %", NOW.minus(Duration.ofMinutes(1)), null, false)),
        Notification.Reason.FIRST_NOTIFICATION,
        true);
  }

  /// Everything is resolved.
  public static Notification resolved() {
    return notification(
        List.of(
            alert(
                "pod-1:8080",
                "0.1 %",
                NOW.minus(Duration.ofMinutes(83)),
                NOW.minusSeconds(90),
                false),
            alert(
                "pod-7:8080",
                "0.1 %",
                NOW.minus(Duration.ofMinutes(62)),
                NOW.minusSeconds(30),
                false)),
        Notification.Reason.ALL_RESOLVED,
        false);
  }

  /// As [#firing], with Chinese annotations.
  public static Notification inChinese(Notification n) {
    List<NotifiedAlert> alerts =
        n.alerts().stream()
            .map(
                alert ->
                    new NotifiedAlert(
                        alert.labels(),
                        Labels.of(
                            "title", "结账错误率过高",
                            "summary", "结账服务出错：超过 2 % 的请求失败",
                            "description", "故障期间会丢失付款。请先检查最近一次部署。",
                            "value", alert.annotations().get("value"),
                            "threshold", "> 2 %",
                            "runbook_url", "https://wiki.example.org/runbooks/high-error-rate"),
                        alert.startsAt(),
                        alert.endsAt(),
                        alert.status(),
                        alert.fingerprint(),
                        alert.generatorUrl(),
                        alert.announced()))
            .toList();
    return notification(alerts, n.reason(), n.first());
  }

  /// A number of firing alerts.
  public static Notification many(int count) {
    var alerts = new ArrayList<NotifiedAlert>();
    for (int i = 0; i < count; i++) {
      alerts.add(alert("pod-" + i + ":8080", i + " %", NOW.minus(Duration.ofDays(2)), null, false));
    }
    return notification(alerts, Notification.Reason.FIRST_NOTIFICATION, true);
  }

  /// Creates a notification.
  public static Notification notification(
      List<NotifiedAlert> alerts, Notification.Reason reason, boolean first) {
    return new Notification(
        "d-0001",
        "team.on-call",
        "email",
        0,
        "{}/{team=\"pay\"}:{alertname=\"HighErrorRate\", service=\"checkout\"}",
        Notification.statusOf(alerts),
        GROUP,
        Notification.common(alerts, NotifiedAlert::labels),
        Notification.common(alerts, NotifiedAlert::annotations),
        "https://pharos.example.org",
        alerts,
        reason,
        NOW,
        0,
        first,
        false);
  }

  /// Creates an alert of the group.
  public static NotifiedAlert alert(
      String instance, String value, Instant startsAt, Instant endsAt, boolean announced) {
    Labels labels =
        Labels.of(
            "alertname", "HighErrorRate",
            "service", "checkout",
            "severity", "critical",
            "environment", "production",
            "region", "eu-west-1",
            "instance", instance);
    Labels annotations =
        Labels.of(
            "summary", "Checkout fails for customers: more than 2 % of requests end in errors",
            "description", "Payments are lost while this lasts. Look at the last deployment first.",
            "value", value,
            "threshold", "> 2 %",
            "runbook_url", "https://wiki.example.org/runbooks/high-error-rate",
            "dashboard_url", "https://grafana.example.org/d/checkout");
    return new NotifiedAlert(
        labels,
        annotations,
        startsAt,
        endsAt,
        endsAt == null ? NotifiedAlert.Status.FIRING : NotifiedAlert.Status.RESOLVED,
        Fingerprint.of(labels),
        "https://prometheus.example.org/graph?g0.expr=rate%28errors%5B5m%5D%29+%3E+0.02&g0.tab=1",
        announced);
  }

  /// Returns a copy that was sent while the database was unavailable.
  public static Notification possibleDuplicate(Notification n) {
    return new Notification(
        n.deliveryId(),
        n.receiver(),
        n.integration(),
        n.integrationIndex(),
        n.groupKey(),
        n.status(),
        n.groupLabels(),
        n.commonLabels(),
        n.commonAnnotations(),
        n.externalUrl(),
        n.alerts(),
        n.reason(),
        n.decidedAt(),
        n.truncated(),
        n.first(),
        true);
  }
}
