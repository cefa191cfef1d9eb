package io.pharos.alerting.channel;

import io.pharos.alerting.device.DeviceSource;
import io.pharos.alerting.message.MessageComposer;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.MessageTemplates;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.template.value.GoJson;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Function;

/// Helpers with which channels create their notifiers.
public record ChannelTools(
    Function<HttpOptions, HttpPoster> posters,
    OutgoingMail.Transport mail,
    MessageTemplates templates,
    MessageComposer composer,
    InstantSource clock,
    DeviceSource devices) {
  /// Sends a notification in one or more requests, and interprets the answers.
  @FunctionalInterface
  public interface Exchange {
    /// Sends a notification, usually in one request.
    ///
    /// @throws IOException if a secret file cannot be read
    NotifyResult send(Notification notification, Receiver receiver) throws IOException;
  }

  /// Sends HTTP requests to the receiver within one attempt.
  @FunctionalInterface
  public interface Receiver {
    /// Sends a request and returns its outcome.
    HttpPoster.Outcome call(HttpCall call);

    /// Posts JSON to a URL.
    default HttpPoster.Outcome post(String url, Map<String, ?> json) {
      return call(HttpCall.post(url, GoJson.write(json)));
    }

    /// Posts JSON to a secret URL.
    default HttpPoster.Outcome post(SecretSource url, Map<String, ?> json) throws IOException {
      return post(url.read().orElse(""), json);
    }
  }

  /// Creates the draft of a message from a notification.
  public MessageDraft draft(Channel.Config config, Notification notification) {
    return new MessageDraft(config.type(), templates, composer, notification);
  }

  /// Creates a notifier that sends its messages over HTTP. If an attempt cannot read a secret file,
  /// its result is [NotifyResult.Retryable].
  ///
  /// @param timeout timeout of one call; if it is zero, a call may last until the delivery's
  ///   deadline
  public Notifier calling(HttpOptions http, Duration timeout, Exchange exchange) {
    HttpPoster poster = posters.apply(http);
    return (notification, deadline) -> {
      try {
        return exchange.send(
            notification, call -> poster.call(call, notification.deliveryId(), timeout, deadline));
      } catch (IOException e) {
        return NotifyResult.Retryable.unreadable(e);
      }
    };
  }

  /// Creates a notifier as [#calling(HttpOptions, Duration, Exchange)] does, but each call may last
  /// until the delivery's deadline.
  public Notifier calling(HttpOptions http, Exchange exchange) {
    return calling(http, Duration.ZERO, exchange);
  }
}
