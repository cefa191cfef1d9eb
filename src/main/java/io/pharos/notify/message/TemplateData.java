package io.pharos.notify.message;

import io.pharos.notify.Notification;
import io.pharos.notify.NotifiedAlert;
import io.pharos.template.AlertData;
import io.pharos.template.AlertmanagerData;
import io.pharos.template.KeyValues;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;

/// A notification as Alertmanager's templates and webhook see it.
public final class TemplateData {
  private TemplateData() {}

  /// With times in UTC, as the webhook writes them.
  public static AlertmanagerData of(Notification notification) {
    return of(notification, ZoneOffset.UTC);
  }

  /// With times of the reader's zone.
  public static AlertmanagerData of(Notification notification, ZoneId zone) {
    return new AlertmanagerData(
        quoteMeta(notification.receiver()),
        notification.alerts().stream().map(alert -> of(alert, zone)).toList(),
        KeyValues.of(notification.groupLabels()),
        notification.externalUrl(),
        notification.reason().text(),
        KeyValues.of(Map.of()));
  }

  private static AlertData of(NotifiedAlert alert, ZoneId zone) {
    Instant endsAt = alert.endsAt();
    return new AlertData(
        alert.isFiring(),
        KeyValues.of(alert.labels()),
        KeyValues.of(alert.annotations()),
        at(alert.startsAt(), zone),
        endsAt == null ? null : at(endsAt, zone),
        alert.generatorUrl(),
        alert.fingerprint().toString());
  }

  private static OffsetDateTime at(Instant time, ZoneId zone) {
    return time.atZone(zone).toOffsetDateTime();
  }

  /// Go's regexp.QuoteMeta: Alertmanager hands the receiver's name on in this form.
  static String quoteMeta(String text) {
    return text.replaceAll("[\\\\.+*?()|\\[\\]{}^$]", "\\\\$0");
  }
}
