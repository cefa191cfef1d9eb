package io.pharos.state.log;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.outbox.OutboxChange;
import io.pharos.alerting.silence.Silence;
import java.time.Instant;
import java.util.List;

/// A change that is stored as one frame of the log, so that it is stored completely or not at all.
sealed interface LogChange {
  /// Alerts that are not settled, in their current states.
  record AlertsSaved(List<TrackedAlert> alerts) implements LogChange {
    public AlertsSaved {
      alerts = List.copyOf(alerts);
    }
  }

  /// The dispatcher's changes to its alerts since the last checkpoint.
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

  /// Changes of the outbox and the notification log, in order.
  record OutboxChanged(List<OutboxChange> changes) implements LogChange {
    public OutboxChanged {
      changes = List.copyOf(changes);
    }
  }
}
