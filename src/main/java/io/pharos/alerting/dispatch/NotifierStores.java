package io.pharos.alerting.dispatch;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.outbox.OutboxStore;
import io.pharos.alerting.silence.SilenceStore;
import java.util.Optional;

/// Where the notifier keeps what must survive a restart: parts of one store, which writes in the
/// order of the calls.
///
/// @param leases by which several processes share the work; empty for one alone
public record NotifierStores(
    AlertStore alerts, SilenceStore silences, OutboxStore outbox, Optional<LeaseStore> leases) {
  /// Of one process alone.
  public NotifierStores(AlertStore alerts, SilenceStore silences, OutboxStore outbox) {
    this(alerts, silences, outbox, Optional.empty());
  }

  public NotifierStores {
    requireNonNull(leases, "leases is null");
    requireNonNull(alerts, "alerts is null");
    requireNonNull(silences, "silences is null");
    requireNonNull(outbox, "outbox is null");
  }
}
