package io.pharos.state.log;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.outbox.OutboxChange;
import io.pharos.alerting.silence.Silence;
import java.time.Instant;
import java.util.List;

/// What is stored together or not at all: one frame of the log.
sealed interface LogChange {
  /// Alerts as they are now, unsettled.
  record AlertsSaved(List<TrackedAlert> alerts) implements LogChange {
    public AlertsSaved {
      alerts = List.copyOf(alerts);
    }
  }

  /// What the dispatcher knows of its alerts at an instant, but for what it saved before.
  record Checkpoint(
      Instant now,
      List<TrackedAlert> renewed,
      List<Fingerprint> settled,
      List<Fingerprint> forgotten)
      implements LogChange {
    public Checkpoint {
      renewed = List.copyOf(renewed);
      settled = List.copyOf(settled);
      forgotten = List.copyOf(forgotten);
    }
  }

  record SilencesSaved(List<Silence> silences) implements LogChange {
    public SilencesSaved {
      silences = List.copyOf(silences);
    }
  }

  record SilencesDeleted(List<String> ids) implements LogChange {
    public SilencesDeleted {
      ids = List.copyOf(ids);
    }
  }

  /// What happened to the outbox and the notification log, in order.
  record OutboxChanged(List<OutboxChange> changes) implements LogChange {
    public OutboxChanged {
      changes = List.copyOf(changes);
    }
  }
}
