package io.pharos.alerting.pipeline;

import io.pharos.config.alertmanager.IntegrationConfig;

/// Makes the notifier of an integration; the composition root knows all kinds.
public interface NotifierFactory extends AutoCloseable {
  /// The notifier of one integration.
  ///
  /// @param receiver the receiver's name
  /// @throws IllegalArgumentException when the integration can't work as configured; the
  ///   configuration is refused then
  Notifier create(String receiver, IntegrationConfig integration);

  /// Frees what its notifiers hold. What they have under way goes on; further calls of them fail as
  /// if the receiver did not answer.
  @Override
  default void close() {}
}
