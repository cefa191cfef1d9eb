package io.pharos.config.alertmanager;

import java.util.ArrayList;
import java.util.List;

/// A receiver: a name and any number of integrations.
///
/// @param integrations grouped by type and in file order within a type. An index in the
///   notification log therefore does not change when an integration of another type is added
public record ReceiverConfig(String name, List<IntegrationConfig> integrations) {
  public ReceiverConfig {
    integrations = List.copyOf(integrations);
  }

  /// Returns the integrations of a type, in file order.
  public <T extends IntegrationConfig> List<T> all(Class<T> type) {
    return integrations.stream().filter(type::isInstance).map(type::cast).toList();
  }

  /// Returns this receiver with further integrations at the end.
  ReceiverConfig with(List<? extends IntegrationConfig> further) {
    var all = new ArrayList<>(integrations);
    all.addAll(further);
    return new ReceiverConfig(name, all);
  }
}
