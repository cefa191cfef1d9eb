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
import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import io.pharos.bytes.Frames;
import io.pharos.bytes.Micros;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Applies the records in frames to a state (docs/format/notifier.md).
final class LogRecordReader implements Frames.Reader {
  private final LogState state;
  private final List<LogState.Numbered> finished = new ArrayList<>();

  /// The texts that were read, so that equal texts, such as values of labels, are stored only once.
  private final Map<String, String> texts = new HashMap<>();

  private boolean ended;
  private boolean skipsUnknownAlerts;

  LogRecordReader(LogState state) {
    this.state = state;
  }

  /// Returns the finished deliveries, which belong to the ledger.
  List<LogState.Numbered> finished() {
    return finished;
  }

  /// Returns whether the last record of a snapshot was read.
  boolean isEnded() {
    return ended;
  }

  /// Records that a part of the log was lost. From now on, records that refer to unknown alerts are
  /// skipped.
  @Override
  public boolean damaged() {
    skipsUnknownAlerts = true;
    return true;
  }

  @Override
  public void frame(ByteSource in) {
    try {
      while (in.remaining() > 0) {
        record(in);
      }
    } catch (IllegalArgumentException e) {
      throw new CorruptDataException(String.valueOf(e.getMessage()));
    }
  }

  private void record(ByteSource in) {
    int type = in.u8();
    switch (type) {
      case LogFormat.ALERT -> alert(in);
      case LogFormat.ALERT_RENEWED -> renewed(in);
      case LogFormat.ALERT_SETTLED -> state.settle(new Fingerprint(in.i64()));
      case LogFormat.ALERT_FORGOTTEN -> state.alerts.remove(new Fingerprint(in.i64()));
      case LogFormat.ALIVE_AT -> state.aliveAt = instant(in);
      case LogFormat.SILENCE -> silence(in);
      case LogFormat.SILENCE_DELETED -> state.silences.remove(in.string());
      case LogFormat.NEXT_NUMBER -> state.nextNumber = in.uvarint();
      case LogFormat.DECIDED -> state.decide(delivery(in));
      case LogFormat.ATTEMPT_FAILED ->
          state.fail(
              new OutboxChange.AttemptFailed(
                  in.string(), (int) in.uvarint(), instant(in), in.string()));
      case LogFormat.FINISHED ->
          state.finish(
              new OutboxChange.Finished(
                  in.string(),
                  Delivery.Status.valueOf(in.string()),
                  (int) in.uvarint(),
                  instant(in),
                  in.string()),
              finished);
      case LogFormat.LOGGED -> {
        var entry =
            new NotificationLogEntry(
                key(in), fingerprints(in), fingerprints(in), instant(in), instant(in));
        state.log.put(entry.key(), entry);
      }
      case LogFormat.LOG_FORGOTTEN -> state.log.remove(key(in));
      case LogFormat.LEDGER_ENTRY -> finished.add(ledgerEntry(in));
      case LogFormat.END -> ended = true;
      default -> throw new CorruptDataException("found a record of unknown type " + type);
    }
  }

  private void alert(ByteSource in) {
    int flags = in.u8();
    var fingerprint = new Fingerprint(in.i64());
    var alert =
        new TrackedAlert(
            labels(in),
            fingerprint,
            labels(in),
            instant(in),
            instant(in),
            instant(in),
            (flags & LogFormat.TIMEOUT) != 0,
            text(in));
    state.alerts.put(fingerprint, new StoredAlert(alert, (flags & LogFormat.SETTLED) != 0));
  }

  private void renewed(ByteSource in) {
    var fingerprint = new Fingerprint(in.i64());
    if (skipsUnknownAlerts && state.alert(fingerprint) == null) {
      Instant _ = instant(in);
      Instant _ = instant(in);
      return;
    }
    TrackedAlert alert = requireAlert(fingerprint);
    state.save(
        new TrackedAlert(
            alert.labels(),
            alert.fingerprint(),
            alert.annotations(),
            alert.startsAt(),
            instant(in),
            instant(in),
            alert.timeout(),
            alert.generatorUrl()));
  }

  private TrackedAlert requireAlert(Fingerprint fingerprint) {
    TrackedAlert alert = state.alert(fingerprint);
    if (alert == null) {
      throw new CorruptDataException(
          "found a record of an alert that is not in the log: " + fingerprint);
    }
    return alert;
  }

  private void silence(ByteSource in) {
    String id = in.string();
    List<LabelMatcher> matchers = list(in, 3, LogRecordReader::matcher);
    state.silences.put(
        id,
        new Silence(
            id,
            matchers,
            instant(in),
            instant(in),
            instant(in),
            in.string(),
            in.string(),
            annotations(in)));
  }

  private static LabelMatcher matcher(ByteSource in) {
    String name = in.string();
    LabelMatcher.Type type = LabelMatcher.Type.of(in.string());
    return LabelMatcher.of(type, name, in.string(), false);
  }

  private static Map<String, String> annotations(ByteSource in) {
    var annotations = new HashMap<String, String>();
    for (int left = in.count(2); left > 0; left--) {
      annotations.put(in.string(), in.string());
    }
    return annotations;
  }

  /// Reads a number of items and then each item.
  ///
  /// @param minBytes minimum size of an item in bytes
  private static <T> List<T> list(ByteSource in, int minBytes, Function<ByteSource, T> item) {
    int count = in.count(minBytes);
    var items = new ArrayList<T>(count);
    for (int i = 0; i < count; i++) {
      items.add(item.apply(in));
    }
    return items;
  }

  private Delivery delivery(ByteSource in) {
    int flags = in.u8();
    String id = in.string();
    NotificationLogEntry.Key key = key(in);
    Notification.Reason reason = Notification.Reason.valueOf(in.string());
    Labels groupLabels = labels(in);
    String externalUrl = text(in);
    Instant decidedAt = instant(in);
    Instant deadline = instant(in);
    Duration repeat = Duration.ofMillis(in.uvarint());
    int truncated = (int) in.uvarint();
    FingerprintSet firing = fingerprints(in);
    FingerprintSet resolved = fingerprints(in);
    List<NotifiedAlert> alerts = list(in, 9, this::notified);
    var notification =
        new Notification(
            id,
            key.integration().receiver(),
            key.integration().type(),
            key.integration().index(),
            key.groupKey(),
            Notification.statusOf(alerts),
            groupLabels,
            Notification.common(alerts, NotifiedAlert::labels),
            Notification.common(alerts, NotifiedAlert::annotations),
            externalUrl,
            alerts,
            reason,
            decidedAt,
            truncated,
            (flags & LogFormat.FIRST) != 0,
            (flags & LogFormat.POSSIBLE_DUPLICATE) != 0,
            (flags & LogFormat.ESCALATION) == 0 ? null : step(in));
    return new Delivery(key, notification, firing, resolved, repeat, deadline);
  }

  private static EscalationStep step(ByteSource in) {
    return new EscalationStep(
        in.string(),
        (int) in.uvarint(),
        in.string(),
        EscalationStep.Cause.valueOf(in.string()),
        instant(in),
        instant(in));
  }

  private NotifiedAlert notified(ByteSource in) {
    int flags = in.u8();
    var fingerprint = new Fingerprint(in.i64());
    boolean announced = (flags & LogFormat.ANNOUNCED) != 0;
    boolean resolved = (flags & LogFormat.RESOLVED) != 0;
    Instant end = resolved ? instant(in) : null;
    var status = resolved ? NotifiedAlert.Status.RESOLVED : NotifiedAlert.Status.FIRING;
    if ((flags & LogFormat.AS_STORED) != 0) {
      TrackedAlert alert = requireAlert(fingerprint);
      return new NotifiedAlert(
          alert.labels(),
          alert.annotations(),
          alert.startsAt(),
          end,
          status,
          fingerprint,
          alert.generatorUrl(),
          announced);
    }
    return new NotifiedAlert(
        labels(in), labels(in), instant(in), end, status, fingerprint, text(in), announced);
  }

  private LogState.Numbered ledgerEntry(ByteSource in) {
    int flags = in.u8();
    return new LogState.Numbered(
        in.uvarint(),
        new LedgerEntry(
            in.string(),
            key(in),
            labels(in),
            text(in),
            Notification.Reason.valueOf(in.string()),
            (int) in.uvarint(),
            (int) in.uvarint(),
            (flags & LogFormat.POSSIBLE_DUPLICATE) != 0,
            instant(in),
            instant(in),
            Delivery.Status.valueOf(in.string()),
            (int) in.uvarint(),
            text(in),
            list(
                in,
                3,
                it -> new LedgerEntry.Failure((int) it.uvarint(), instant(it), it.string()))));
  }

  private NotificationLogEntry.Key key(ByteSource in) {
    return new NotificationLogEntry.Key(
        text(in), new Integration.Id(text(in), text(in), (int) in.uvarint()));
  }

  private Labels labels(ByteSource in) {
    int count = in.count(2);
    var pairs = new String[2 * count];
    for (int i = 0; i < pairs.length; i++) {
      pairs[i] = text(in);
    }
    return Labels.of(pairs);
  }

  private static FingerprintSet fingerprints(ByteSource in) {
    return FingerprintSet.of(list(in, Long.BYTES, it -> new Fingerprint(it.i64())));
  }

  private String text(ByteSource in) {
    String text = in.string();
    @Nullable String first = texts.putIfAbsent(text, text);
    return first == null ? text : first;
  }

  private static Instant instant(ByteSource in) {
    return Micros.instant(in.varint());
  }
}
