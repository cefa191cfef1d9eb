package io.pharos.alerting.channel;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.message.MessageComposer;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.MessageTemplates;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.ChatWebhook;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Function;

/// What channels need to create notifiers.
///
/// @param posters creates HTTP posters for options
/// @param mail sends mail
/// @param composer composes messages for the receiver
public record ChannelTools(
    Function<HttpOptions, HttpPoster> posters,
    MailTransport mail,
    MessageTemplates templates,
    MessageComposer composer,
    InstantSource clock) {
  public ChannelTools {
    requireNonNull(posters, "posters is null");
    requireNonNull(mail, "mail is null");
    requireNonNull(templates, "templates is null");
    requireNonNull(composer, "composer is null");
    requireNonNull(clock, "clock is null");
  }

  /// Starts a message.
  public MessageDraft draft(Channel<?> channel, Notification notification) {
    return new MessageDraft(channel.type(), templates, composer, notification);
  }

  /// Creates a notifier that calls a receiver over HTTP.
  ///
  /// @param timeout timeout of one call; zero for the delivery's deadline
  public Notifier calling(HttpOptions http, Duration timeout, HttpNotifier.Exchange exchange) {
    return new HttpNotifier(timeout, posters.apply(http), exchange);
  }

  /// Creates a notifier that posts each message as JSON to a secret URL.
  ///
  /// @param timeout timeout of one call; zero for the delivery's deadline
  /// @param judge converts the body of a 2xx answer to the result
  public Notifier posting(
      Channel<?> channel,
      HttpOptions http,
      Duration timeout,
      SecretSource url,
      Function<MessageDraft, Json> message,
      Function<String, NotifyResult> judge) {
    return calling(
        http,
        timeout,
        (notification, receiver) ->
            receiver.post(url, message.apply(draft(channel, notification))).judge(judge));
  }

  /// As above, for a chat webhook.
  public Notifier posting(
      Channel<?> channel,
      ChatWebhook hook,
      Duration timeout,
      Function<MessageDraft, Json> message,
      Function<String, NotifyResult> judge) {
    return posting(channel, hook.http(), timeout, hook.webhookUrl(), message, judge);
  }

  /// As above, without a timeout of its own.
  public Notifier calling(HttpOptions http, HttpNotifier.Exchange exchange) {
    return calling(http, Duration.ZERO, exchange);
  }
}
