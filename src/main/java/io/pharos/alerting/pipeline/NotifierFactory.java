package io.pharos.alerting.pipeline;

import io.pharos.config.alertmanager.IntegrationConfig;

/// Creates the notifiers of integrations; the composition root knows all channels.
public interface NotifierFactory extends AutoCloseable {
  /// Creates the notifier of one integration.
  ///
  /// @param receiver the receiver's name
  /// @throws IllegalArgumentException if the integration cannot work as configured; the
  ///   configuration is refused then
  Notifier create(String receiver, IntegrationConfig integration);

  /// Releases the resources of the notifiers. Running attempts finish; later attempts fail as if
  /// the receiver did not answer.
  @Override
  default void close() {}
}
