package io.pharos.alerting.message;

import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotifiedAlert;
import io.pharos.model.Labels;
import io.pharos.template.AlertmanagerData;
import io.pharos.template.KeyValues;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.function.UnaryOperator;

/// A notification as the data of Alertmanager's templates and webhook.
public final class TemplateData {
  private TemplateData() {}

  /// With times in UTC: the data of the webhook.
  public static AlertmanagerData of(Notification notification) {
    return of(notification, UnaryOperator.identity(), ZoneOffset.UTC);
  }

  /// With annotations in the reader's language and times in the reader's zone.
  static AlertmanagerData of(Notification notification, MessageTimes reader) {
    return of(notification, reader.language()::localized, reader.zone());
  }

  private static AlertmanagerData of(
      Notification notification, UnaryOperator<Labels> annotations, ZoneId zone) {
    return new AlertmanagerData(
        quoteMeta(notification.receiver()),
        notification.alerts().stream().map(alert -> of(alert, annotations, zone)).toList(),
        KeyValues.of(notification.groupLabels()),
        notification.externalUrl(),
        notification.reason().text(),
        KeyValues.of(Map.of()));
  }

  private static AlertmanagerData.Alert of(
      NotifiedAlert alert, UnaryOperator<Labels> annotations, ZoneId zone) {
    Instant endsAt = alert.endsAt();
    return new AlertmanagerData.Alert(
        alert.isFiring(),
        KeyValues.of(alert.labels()),
        KeyValues.of(annotations.apply(alert.annotations())),
        at(alert.startsAt(), zone),
        endsAt == null ? null : at(endsAt, zone),
        alert.generatorUrl(),
        alert.fingerprint().toString());
  }

  private static OffsetDateTime at(Instant time, ZoneId zone) {
    return time.atZone(zone).toOffsetDateTime();
  }

  /// Go's regexp.QuoteMeta: Alertmanager passes the receiver's name in this form.
  static String quoteMeta(String text) {
    return text.replaceAll("[\\\\.+*?()|\\[\\]{}^$]", "\\\\$0");
  }
}
