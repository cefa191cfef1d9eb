package io.pharos.config.alertmanager;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;

/// A receiver: a name and the ways by which it is told, maybe none.
///
/// @param integrations those of one type stand together in file order, so that their index in the
///   notification log stays the same when another type is added
public record ReceiverConfig(String name, List<IntegrationConfig> integrations) {
  public ReceiverConfig {
    requireNonNull(name, "name is null");
    integrations = List.copyOf(integrations);
  }

  /// The integrations of one type.
  public <T extends IntegrationConfig> List<T> all(Class<T> type) {
    return integrations.stream().filter(type::isInstance).map(type::cast).toList();
  }

  /// The same with more integrations behind its own.
  ReceiverConfig with(List<? extends IntegrationConfig> more) {
    var together = new ArrayList<>(integrations);
    together.addAll(more);
    return new ReceiverConfig(name, together);
  }
}
