package io.pharos.alerting.channel;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.message.MessageComposer;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.MessageTemplates;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Function;

/// What channels are given to make their notifiers of.
///
/// @param posters what calls over HTTP as a configuration says
/// @param composer words messages as the receiver wants them
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

  /// The beginning of a message.
  public MessageDraft draft(Channel<?> channel, Notification notification) {
    return new MessageDraft(channel.type(), templates, composer, notification);
  }

  /// A notifier that calls a receiver over HTTP.
  ///
  /// @param timeout how long one call may take; zero for up to the deadline
  public Notifier calling(HttpOptions http, Duration timeout, HttpNotifier.Exchange exchange) {
    return new HttpNotifier(timeout, posters.apply(http), exchange);
  }

  /// A notifier that posts each message as JSON to an address that is a secret.
  ///
  /// @param timeout how long a post may take; zero for up to the deadline
  /// @param judge what the body of an answer of 2xx means
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

  /// As the other where calls may take until the deadline.
  public Notifier calling(HttpOptions http, HttpNotifier.Exchange exchange) {
    return calling(http, Duration.ZERO, exchange);
  }
}
