package io.pharos.alerting.channel;

import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.IntegrationKind;

/// A way to tell people, with all that belongs to it: how its integrations stand in the files, what
/// its service takes of one sender, its message and how that is sent.
///
/// @param <C> the configuration of one integration
public interface Channel<C extends IntegrationConfig> extends IntegrationKind {
  /// Makes what tells one integration.
  ///
  /// @throws IllegalArgumentException when the integration can't work as configured
  Notifier notifier(C config, ChannelTools tools);

  /// Tells about what the reader of a request sees, from its body. Nothing where that is a program.
  default void preview(ChatPreview preview) {}

  /// Whether it sends mail; all others call over HTTP.
  default boolean sendsMail() {
    return false;
  }

  /// As [#notifier] for a configuration of which only the kind is known.
  @SuppressWarnings("unchecked") // a kind reads configurations of its own type only
  default Notifier create(IntegrationConfig config, ChannelTools tools) {
    return notifier((C) config, tools);
  }
}
