package io.pharos.config.alertmanager;

import java.util.ArrayList;
import java.util.List;

/// A receiver: a name and its integrations, which may be none.
///
/// @param integrations in file order within each type, and grouped by type, so that an index in the
///   notification log does not change when another type is added
public record ReceiverConfig(String name, List<IntegrationConfig> integrations) {
  public ReceiverConfig {
    integrations = List.copyOf(integrations);
  }

  /// The integrations of a type.
  public <T extends IntegrationConfig> List<T> all(Class<T> type) {
    return integrations.stream().filter(type::isInstance).map(type::cast).toList();
  }

  /// This receiver with further integrations at the end.
  ReceiverConfig with(List<? extends IntegrationConfig> more) {
    var together = new ArrayList<>(integrations);
    together.addAll(more);
    return new ReceiverConfig(name, together);
  }
}
