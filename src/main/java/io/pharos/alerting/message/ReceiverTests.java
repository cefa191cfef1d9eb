package io.pharos.alerting.message;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.outbox.Delivery;
import io.pharos.alerting.outbox.OutboxChange;
import io.pharos.alerting.outbox.OutboxStore;
import io.pharos.alerting.pipeline.FingerprintSet;
import io.pharos.alerting.pipeline.Integration;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotificationLogEntry;
import io.pharos.alerting.pipeline.NotifiedAlert;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.ReceiverConfig;
import io.pharos.model.BaseUrl;
import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/// Sends test messages, which show that a receiver works before an alert depends on it. A test
/// message bypasses routes, silences and the outbox. It is sent only once, and recorded in the
/// ledger.
///
/// @param ids creates globally unique delivery ids
public record ReceiverTests(
    Supplier<AlertmanagerConfig> config,
    Function<AlertmanagerConfig, Notifier.Factory> factories,
    OutboxStore ledger,
    InstantSource clock,
    Supplier<String> ids,
    String externalUrl) {
  private static final Duration TIMEOUT = Duration.ofSeconds(15);

  public ReceiverTests {
    externalUrl = BaseUrl.of(externalUrl);
  }

  /// Result of the test message of one integration.
  public record Outcome(Integration.Id integration, String deliveryId, NotifyResult result) {
    /// Whether the receiver accepted the message.
    public boolean delivered() {
      return result instanceof NotifyResult.Sent;
    }

    /// Returns the receiver's answer, or why the receiver did not get the message.
    public String answer() {
      return result.text();
    }
  }

  /// Whether the message reports a firing or a resolved alert.
  public enum Kind {
    FIRING,
    RESOLVED
  }

  /// Sends a test message through each integration of a receiver, one after the other.
  ///
  /// @return the results in that order; empty if no receiver has the name
  public Optional<List<Outcome>> run(String receiver, Kind kind) {
    AlertmanagerConfig currentConfig = config.get();
    return currentConfig.receiver(receiver).map(found -> run(currentConfig, found, kind));
  }

  private List<Outcome> run(AlertmanagerConfig currentConfig, ReceiverConfig receiver, Kind kind) {
    var language = Language.of(currentConfig.messages().of(receiver.name()).language());
    var counts = new HashMap<String, Integer>();
    var outcomes = new ArrayList<Outcome>();
    try (Notifier.Factory factory = factories.apply(currentConfig)) {
      for (IntegrationConfig integration : receiver.integrations()) {
        int index = counts.merge(integration.type(), 1, Integer::sum) - 1;
        var id = new Integration.Id(receiver.name(), integration.type(), index);
        Notification notification = notification(id, language, kind);
        NotifyResult result;
        try {
          result =
              factory
                  .create(receiver.name(), integration)
                  .notify(notification, clock.instant().plus(TIMEOUT));
        } catch (RuntimeException e) {
          result = new NotifyResult.Rejected(String.valueOf(e.getMessage()));
        }
        var outcome = new Outcome(id, notification.deliveryId(), result);
        record(notification, outcome);
        outcomes.add(outcome);
      }
    }
    return List.copyOf(outcomes);
  }

  private Notification notification(Integration.Id id, Language language, Kind kind) {
    Instant now = clock.instant();
    Labels group = Labels.of("alertname", "PharosTest");
    Labels labels = Labels.of("alertname", "PharosTest", "severity", "info");
    Labels annotations =
        Labels.of(
            "title", Phrase.TEST_TITLE.in(language),
            "summary", Phrase.TEST_SUMMARY.in(language, id.receiver()));
    var alert =
        new NotifiedAlert(
            labels,
            annotations,
            now.minus(Duration.ofMinutes(1)),
            kind == Kind.FIRING ? null : now,
            kind == Kind.FIRING ? NotifiedAlert.Status.FIRING : NotifiedAlert.Status.RESOLVED,
            Fingerprint.of(labels),
            externalUrl,
            false);
    return new Notification(
        ids.get(),
        id.receiver(),
        id.type(),
        id.index(),
        "test:{alertname=\"PharosTest\"}",
        alert.status(),
        group,
        labels,
        annotations,
        externalUrl,
        List.of(alert),
        Notification.Reason.TEST,
        now,
        0,
        true,
        false);
  }

  private static FingerprintSet fingerprints(List<NotifiedAlert> alerts) {
    return FingerprintSet.of(alerts.stream().map(NotifiedAlert::fingerprint).toList());
  }

  private void record(Notification notification, Outcome outcome) {
    Instant now = clock.instant();
    var delivery =
        new Delivery(
            new NotificationLogEntry.Key(notification.groupKey(), outcome.integration()),
            notification,
            fingerprints(notification.firing()),
            fingerprints(notification.resolved()),
            Duration.ofDays(1),
            now);
    ledger.apply(
        List.of(
            new OutboxChange.Decided(delivery),
            new OutboxChange.Finished(
                delivery.id(),
                outcome.delivered() ? Delivery.Status.SENT : Delivery.Status.FAILED,
                1,
                now,
                outcome.answer())));
  }
}
