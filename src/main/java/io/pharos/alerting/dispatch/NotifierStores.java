package io.pharos.alerting.dispatch;

import io.pharos.alerting.outbox.OutboxStore;
import io.pharos.alerting.silence.SilenceStore;
import java.util.Optional;

/// The stores of the notifier's durable state: parts of one store, which writes in the order of
/// calls.
///
/// @param leases leases on shards if several replicas share the work
public record NotifierStores(
    AlertStore alerts, SilenceStore silences, OutboxStore outbox, Optional<LeaseStore> leases) {
  /// The stores of a single process.
  public NotifierStores(AlertStore alerts, SilenceStore silences, OutboxStore outbox) {
    this(alerts, silences, outbox, Optional.empty());
  }
}
