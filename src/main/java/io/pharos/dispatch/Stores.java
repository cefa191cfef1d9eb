package io.pharos.dispatch;

import static java.util.Objects.requireNonNull;

import io.pharos.notify.OutboxStore;
import io.pharos.silence.SilenceStore;

/// Where the notifier keeps what must survive a restart.
public record Stores(AlertStore alerts, SilenceStore silences, OutboxStore outbox) {
  public Stores {
    requireNonNull(alerts, "alerts is null");
    requireNonNull(silences, "silences is null");
    requireNonNull(outbox, "outbox is null");
  }
}
