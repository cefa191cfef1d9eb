package io.pharos.notify.message;

import io.pharos.notify.Notification;
import io.pharos.notify.NotifiedAlert;
import io.pharos.template.AlertData;
import io.pharos.template.AlertmanagerData;
import io.pharos.template.KeyValues;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Map;

/// A notification as Alertmanager's templates and webhook see it.
public final class TemplateData {
  private TemplateData() {}

  public static AlertmanagerData of(Notification notification) {
    return new AlertmanagerData(
        quoteMeta(notification.receiver()),
        notification.alerts().stream().map(TemplateData::of).toList(),
        KeyValues.of(notification.groupLabels()),
        notification.externalUrl(),
        notification.reason().text(),
        KeyValues.of(Map.of()));
  }

  private static AlertData of(NotifiedAlert alert) {
    Instant endsAt = alert.endsAt();
    return new AlertData(
        alert.isFiring(),
        KeyValues.of(alert.labels()),
        KeyValues.of(alert.annotations()),
        utc(alert.startsAt()),
        endsAt == null ? null : utc(endsAt),
        alert.generatorUrl(),
        alert.fingerprint().toString());
  }

  private static OffsetDateTime utc(Instant time) {
    return time.atOffset(ZoneOffset.UTC);
  }

  /// Go's regexp.QuoteMeta: Alertmanager hands the receiver's name on in this form.
  static String quoteMeta(String text) {
    return text.replaceAll("[\\\\.+*?()|\\[\\]{}^$]", "\\\\$0");
  }
}
