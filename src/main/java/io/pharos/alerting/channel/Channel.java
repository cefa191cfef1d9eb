package io.pharos.alerting.channel;

import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.ChatWebhook;
import io.pharos.config.alertmanager.ConfigSection;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.IntegrationKind;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.pharos.RateLimit;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/// A kind of receiver. Its [Config] creates the notifiers that write and send the messages.
///
/// @param globals reads the channel's keys in `global`
/// @param preview fills in a preview from the body of a request; adds nothing if the receiver is a
///   program
public record Channel(
    String type,
    Function<KeyReader, IntegrationDefaults> globals,
    Consumer<ChatPreview> preview,
    boolean isPharosOnly,
    boolean opensIncidents,
    Optional<RateLimit> limit)
    implements IntegrationKind {
  /// Creates a channel with keys in `global`.
  public static Channel withGlobals(
      String type,
      Function<KeyReader, IntegrationDefaults> globals,
      Consumer<ChatPreview> preview) {
    return new Channel(type, globals, preview, false, false, Optional.empty());
  }

  /// Creates a channel without keys in `global`.
  public static Channel of(String type, IntegrationDefaults reader, Consumer<ChatPreview> preview) {
    return withGlobals(type, _ -> reader, preview);
  }

  /// Creates a channel without keys in `global`. [ConfigKeys] reads each component of its
  /// configuration record from the key of the same name.
  public static <R extends Record & Config> Channel of(
      String type, Class<R> config, Consumer<ChatPreview> preview) {
    return of(type, keys -> ConfigKeys.read(config, keys, Map.of()), preview);
  }

  /// Creates a channel that Alertmanager does not have.
  public static Channel pharosOnly(
      String type, IntegrationDefaults reader, Consumer<ChatPreview> preview) {
    return new Channel(type, _ -> reader, preview, true, false, Optional.empty());
  }

  /// Creates a channel for robots of group chats. Alertmanager has no such channel.
  ///
  /// @param perMinute maximum number of messages per minute; if a robot sends more, its service
  ///   blocks it for minutes
  public static <R extends Record & Config> Channel robot(
      String type, Class<R> config, int perMinute, Consumer<ChatPreview> preview) {
    return robot(type, keys -> ConfigKeys.read(config, keys, Map.of()), perMinute, preview);
  }

  /// Creates such a channel with its own reader.
  public static Channel robot(
      String type, IntegrationDefaults reader, int perMinute, Consumer<ChatPreview> preview) {
    var limit = new RateLimit(perMinute, Duration.ofMinutes(1));
    return new Channel(type, _ -> reader, preview, true, false, Optional.of(limit));
  }

  /// Returns a copy whose messages open incidents that must be closed.
  public Channel openingIncidents() {
    return new Channel(type, globals, preview, isPharosOnly, true, limit);
  }

  @Override
  public IntegrationDefaults defaults(KeyReader global) {
    return globals.apply(global);
  }

  /// The configuration of one integration: a record with one component for each key. [ConfigKeys]
  /// prints it.
  public interface Config extends IntegrationConfig {
    @Override
    Channel kind();

    /// Creates the integration's notifier.
    ///
    /// @throws IllegalArgumentException if the integration cannot work as configured
    Notifier notifier(ChannelTools tools);

    @Override
    default void print(ConfigSection section) {
      ConfigKeys.print((Record) this, section, Map.of());
    }

    @Override
    default Map<String, String> templates() {
      return ConfigKeys.templates((Record) this);
    }
  }

  /// The configuration of a chat. Each message is posted as JSON to the chat's webhook.
  public interface Chat extends ChatWebhook.Config, Config {
    /// Returns the timeout of one attempt; if it is zero, an attempt may last until the delivery's
    /// deadline.
    default Duration timeout() {
      return Duration.ZERO;
    }

    /// Returns a message as JSON.
    Json payload(MessageDraft draft);

    /// Converts the body of a 2xx answer to the result.
    NotifyResult judge(String body);

    @Override
    default Notifier notifier(ChannelTools tools) {
      return tools.calling(
          hook().http(),
          timeout(),
          (notification, receiver) ->
              receiver
                  .post(hook().webhookUrl(), payload(tools.draft(this, notification)))
                  .judge(this::judge));
    }
  }
}
