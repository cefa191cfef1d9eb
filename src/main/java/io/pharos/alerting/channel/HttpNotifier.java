package io.pharos.alerting.channel;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.http.SecretSource;
import io.pharos.template.value.GoJson;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/// The notifier of all channels that use HTTP. The channel supplies requests and interprets
/// answers; an unreadable secret file makes an attempt retryable.
public final class HttpNotifier implements Notifier {
  private final Duration timeout;
  private final HttpPoster poster;
  private final Exchange exchange;

  /// Creates a notifier.
  ///
  /// @param timeout timeout of one call; zero for the delivery's deadline
  public HttpNotifier(Duration timeout, HttpPoster poster, Exchange exchange) {
    this.timeout = requireNonNull(timeout, "timeout is null");
    this.poster = requireNonNull(poster, "poster is null");
    this.exchange = requireNonNull(exchange, "exchange is null");
  }

  /// The requests of a channel and the meaning of the answers.
  @FunctionalInterface
  public interface Exchange {
    /// Sends a notification, usually in one call.
    ///
    /// @throws IOException if a secret file cannot be read
    NotifyResult send(Notification notification, Receiver receiver) throws IOException;
  }

  /// The receiver during one attempt.
  @FunctionalInterface
  public interface Receiver {
    /// Makes a request.
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

  @Override
  public NotifyResult notify(Notification notification, Instant deadline) {
    try {
      return exchange.send(
          notification, call -> poster.call(call, notification.deliveryId(), timeout, deadline));
    } catch (IOException e) {
      return new NotifyResult.Retryable(String.valueOf(e.getMessage()), Optional.empty());
    }
  }
}
