package io.pharos.alerting.channel;

import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.IntegrationKind;

/// A kind of receiver: its configuration in the files, the rate limit of its service, its messages
/// and how they are sent.
///
/// @param <C> the configuration of one integration
public interface Channel<C extends IntegrationConfig> extends IntegrationKind {
  /// Creates the notifier of one integration.
  ///
  /// @throws IllegalArgumentException if the integration cannot work as configured
  Notifier notifier(C config, ChannelTools tools);

  /// Fills in a preview from the body of a request; empty if the receiver is a program.
  default void preview(ChatPreview preview) {}

  /// Whether it sends mail; all other channels use HTTP.
  default boolean sendsMail() {
    return false;
  }

  /// As [#notifier], for a configuration of unknown type.
  @SuppressWarnings("unchecked") // a kind reads configurations of its own type only
  default Notifier create(IntegrationConfig config, ChannelTools tools) {
    return notifier((C) config, tools);
  }
}
