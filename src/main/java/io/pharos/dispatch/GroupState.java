package io.pharos.dispatch;

import io.pharos.model.Labels;
import java.util.List;

/// A group with its alerts that are not over, as the API shows it.
public record GroupState(Labels labels, String receiver, String key, List<AlertState> alerts) {
  public GroupState {
    alerts = List.copyOf(alerts);
  }
}
