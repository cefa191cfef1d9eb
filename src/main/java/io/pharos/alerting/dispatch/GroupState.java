package io.pharos.alerting.dispatch;

import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.model.Labels;
import java.util.Comparator;
import java.util.List;

/// A group with its unresolved alerts, for the API.
public record GroupState(Labels labels, String receiver, String key, List<AlertStatus> alerts) {
  /// Alertmanager's order: by labels, then by receiver.
  static final Comparator<GroupState> ORDER =
      Comparator.comparing(GroupState::labels, TrackedAlert::compareLabels)
          .thenComparing(GroupState::receiver)
          .thenComparing(GroupState::key);

  public GroupState {
    alerts = List.copyOf(alerts);
  }
}
