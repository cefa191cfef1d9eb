package io.pharos.state.log;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.dispatch.AlertStore.StoredAlert;
import io.pharos.alerting.outbox.Delivery;
import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.outbox.OutboxChange;
import io.pharos.alerting.pipeline.EscalationStep;
import io.pharos.alerting.pipeline.FingerprintSet;
import io.pharos.alerting.pipeline.Integration;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotificationLogEntry;
import io.pharos.alerting.pipeline.NotifiedAlert;
import io.pharos.alerting.silence.Silence;
import io.pharos.bytes.ByteSink;
import io.pharos.bytes.Micros;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes records into a frame (docs/format/notifier.md).
final class LogRecordWriter {
  private static final int MAX_TEXT = 2000;

  private final ByteSink sink;
  private final EarlierAlerts earlierAlerts;

  /// The alerts that a reader of the log has read before the next record.
  interface EarlierAlerts {
    EarlierAlerts NONE = _ -> null;

    @Nullable TrackedAlert get(Fingerprint fingerprint);
  }

  LogRecordWriter(ByteSink sink, EarlierAlerts earlierAlerts) {
    this.sink = sink;
    this.earlierAlerts = earlierAlerts;
  }

  void change(LogChange change) {
    switch (change) {
      case LogChange.AlertsSaved(List<TrackedAlert> saved) ->
          saved.forEach(alert -> alert(alert, false));
      case LogChange.Checkpoint checkpoint -> checkpoint(checkpoint);
      case LogChange.SilencesSaved(List<Silence> silences) -> silences.forEach(this::silence);
      case LogChange.SilencesDeleted(List<String> ids) -> {
        for (String id : ids) {
          sink.u8(LogFormat.SILENCE_DELETED);
          sink.string(id);
        }
      }
      case LogChange.OutboxChanged(List<OutboxChange> changes) -> changes.forEach(this::outbox);
    }
  }

  private void checkpoint(LogChange.Checkpoint checkpoint) {
    for (TrackedAlert alert : checkpoint.renewed()) {
      TrackedAlert before = earlierAlerts.get(alert.fingerprint());
      if (before != null && isRenewal(before, alert)) {
        fingerprint(LogFormat.ALERT_RENEWED, alert.fingerprint());
        instant(alert.endsAt());
        instant(alert.updatedAt());
      } else {
        alert(alert, false);
      }
    }
    checkpoint.settled().forEach(one -> fingerprint(LogFormat.ALERT_SETTLED, one));
    checkpoint.forgotten().forEach(one -> fingerprint(LogFormat.ALERT_FORGOTTEN, one));
    aliveAt(checkpoint.now());
  }

  private void fingerprint(int type, Fingerprint fingerprint) {
    sink.u8(type);
    sink.i64(fingerprint.bits());
  }

  private static boolean isRenewal(TrackedAlert before, TrackedAlert now) {
    return before.startsAt().equals(now.startsAt())
        && before.timeout() == now.timeout()
        && before.labels().equals(now.labels())
        && before.annotations().equals(now.annotations())
        && before.generatorUrl().equals(now.generatorUrl());
  }

  void aliveAt(Instant now) {
    sink.u8(LogFormat.ALIVE_AT);
    instant(now);
  }

  /// Writes the record that ends a snapshot.
  void end() {
    sink.u8(LogFormat.END);
  }

  void nextNumber(long number) {
    sink.u8(LogFormat.NEXT_NUMBER);
    sink.uvarint(number);
  }

  void alert(StoredAlert stored) {
    alert(stored.alert(), stored.settled());
  }

  private void alert(TrackedAlert alert, boolean settled) {
    sink.u8(LogFormat.ALERT);
    sink.u8((alert.timeout() ? LogFormat.TIMEOUT : 0) | (settled ? LogFormat.SETTLED : 0));
    sink.i64(alert.fingerprint().bits());
    labels(alert.labels());
    labels(alert.annotations());
    instant(alert.startsAt());
    instant(alert.endsAt());
    instant(alert.updatedAt());
    sink.string(alert.generatorUrl());
  }

  void silence(Silence silence) {
    sink.u8(LogFormat.SILENCE);
    sink.string(silence.id());
    sink.uvarint(silence.matchers().size());
    for (LabelMatcher matcher : silence.matchers()) {
      sink.string(matcher.name());
      sink.string(matcher.type().symbol());
      sink.string(matcher.value());
    }
    instant(silence.startsAt());
    instant(silence.endsAt());
    instant(silence.updatedAt());
    sink.string(silence.createdBy());
    sink.string(silence.comment());
    sink.uvarint(silence.annotations().size());
    silence
        .annotations()
        .forEach(
            (name, text) -> {
              sink.string(name);
              sink.string(text);
            });
  }

  private void outbox(OutboxChange change) {
    switch (change) {
      case OutboxChange.Decided(Delivery delivery) -> decided(delivery);
      case OutboxChange.AttemptFailed failed -> failed(failed);
      case OutboxChange.Finished finished -> finished(finished);
      case OutboxChange.SentDirectly sent -> {
        decided(sent.delivery());
        finished(LogState.finished(sent));
      }
      case OutboxChange.Logged(NotificationLogEntry entry) -> logged(entry);
      case OutboxChange.Forgotten(List<NotificationLogEntry.Key> keys) -> {
        for (NotificationLogEntry.Key key : keys) {
          sink.u8(LogFormat.LOG_FORGOTTEN);
          key(key);
        }
      }
    }
  }

  void pending(LogState.Pending pending) {
    nextNumber(pending.number());
    decided(pending.delivery());
    for (LedgerEntry.Failure failure : pending.failures()) {
      failed(
          new OutboxChange.AttemptFailed(
              pending.delivery().id(), failure.number(), failure.at(), failure.reason()));
    }
  }

  private void decided(Delivery delivery) {
    Notification notification = delivery.notification();
    sink.u8(LogFormat.DECIDED);
    sink.u8(
        (notification.first() ? LogFormat.FIRST : 0)
            | (notification.possibleDuplicate() ? LogFormat.POSSIBLE_DUPLICATE : 0)
            | (notification.step() == null ? 0 : LogFormat.ESCALATION));
    sink.string(notification.deliveryId());
    key(delivery.key());
    sink.string(notification.reason().name());
    labels(notification.groupLabels());
    sink.string(notification.externalUrl());
    instant(notification.decidedAt());
    instant(delivery.deadline());
    sink.uvarint(delivery.repeatInterval().toMillis());
    sink.uvarint(notification.truncated());
    fingerprints(delivery.firing());
    fingerprints(delivery.resolved());
    sink.uvarint(notification.alerts().size());
    notification.alerts().forEach(this::notified);
    EscalationStep step = notification.step();
    if (step != null) {
      sink.string(step.policy());
      sink.uvarint(step.level());
      sink.string(step.person());
      sink.string(step.cause().name());
      instant(step.since());
      instant(step.startedAt());
    }
  }

  /// Writes an alert of a notification. If the log contains the same alert, writes only its
  /// fingerprint.
  private void notified(NotifiedAlert alert) {
    TrackedAlert stored = earlierAlerts.get(alert.fingerprint());
    boolean same =
        stored != null
            && stored.startsAt().equals(alert.startsAt())
            && stored.labels().equals(alert.labels())
            && stored.annotations().equals(alert.annotations())
            && stored.generatorUrl().equals(alert.generatorUrl());
    Instant end = alert.endsAt();
    sink.u8(
        (same ? LogFormat.AS_STORED : 0)
            | (alert.announced() ? LogFormat.ANNOUNCED : 0)
            | (end == null ? 0 : LogFormat.RESOLVED));
    sink.i64(alert.fingerprint().bits());
    if (end != null) {
      instant(end);
    }
    if (!same) {
      labels(alert.labels());
      labels(alert.annotations());
      instant(alert.startsAt());
      sink.string(alert.generatorUrl());
    }
  }

  private void failed(OutboxChange.AttemptFailed failed) {
    sink.u8(LogFormat.ATTEMPT_FAILED);
    sink.string(failed.deliveryId());
    sink.uvarint(failed.number());
    instant(failed.at());
    sink.string(Quoted.cut(failed.reason(), MAX_TEXT));
  }

  private void finished(OutboxChange.Finished finished) {
    sink.u8(LogFormat.FINISHED);
    sink.string(finished.deliveryId());
    sink.string(finished.status().name());
    sink.uvarint(finished.attempts());
    instant(finished.at());
    sink.string(Quoted.cut(finished.answer(), MAX_TEXT));
  }

  void logged(NotificationLogEntry entry) {
    sink.u8(LogFormat.LOGGED);
    key(entry.key());
    fingerprints(entry.firing());
    fingerprints(entry.resolved());
    instant(entry.timestamp());
    instant(entry.expiresAt());
  }

  void ledger(LogState.Numbered numbered) {
    LedgerEntry entry = numbered.entry();
    sink.u8(LogFormat.LEDGER_ENTRY);
    sink.u8(entry.possibleDuplicate() ? LogFormat.POSSIBLE_DUPLICATE : 0);
    sink.uvarint(numbered.number());
    sink.string(entry.deliveryId());
    key(entry.key());
    labels(entry.groupLabels());
    sink.string(entry.groupStatus());
    sink.string(entry.reason().name());
    sink.uvarint(entry.firing());
    sink.uvarint(entry.resolved());
    instant(entry.decidedAt());
    instant(entry.finishedAt() == null ? Instant.EPOCH : entry.finishedAt());
    sink.string(entry.status().name());
    sink.uvarint(entry.attempts());
    sink.string(Quoted.cut(entry.answer(), MAX_TEXT));
    sink.uvarint(entry.failures().size());
    for (LedgerEntry.Failure failure : entry.failures()) {
      sink.uvarint(failure.number());
      instant(failure.at());
      sink.string(Quoted.cut(failure.reason(), MAX_TEXT));
    }
  }

  private void key(NotificationLogEntry.Key key) {
    Integration.Id integration = key.integration();
    sink.string(key.groupKey());
    sink.string(integration.receiver());
    sink.string(integration.type());
    sink.uvarint(integration.index());
  }

  private void labels(Labels labels) {
    sink.uvarint(labels.size());
    for (int i = 0; i < labels.size(); i++) {
      sink.string(labels.name(i));
      sink.string(labels.value(i));
    }
  }

  private void fingerprints(FingerprintSet set) {
    sink.uvarint(set.size());
    for (int i = 0; i < set.size(); i++) {
      sink.i64(set.bits(i));
    }
  }

  private void instant(Instant instant) {
    sink.varint(Micros.of(instant));
  }
}
