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

/// The sender of all channels that call over HTTP. What is asked, and what the answer means, is the
/// channel's; a secret's file that can't be read is tried again here.
public final class HttpNotifier implements Notifier {
  private final Duration timeout;
  private final HttpPoster poster;
  private final Exchange exchange;

  /// @param timeout how long one call may take; zero for up to the deadline
  public HttpNotifier(Duration timeout, HttpPoster poster, Exchange exchange) {
    this.timeout = requireNonNull(timeout, "timeout is null");
    this.poster = requireNonNull(poster, "poster is null");
    this.exchange = requireNonNull(exchange, "exchange is null");
  }

  /// What a channel says to its receiver and makes of the answers.
  @FunctionalInterface
  public interface Exchange {
    /// Tells of a notification, mostly in one call.
    ///
    /// @throws IOException when a secret's file can't be read
    NotifyResult tell(Notification notification, Receiver receiver) throws IOException;
  }

  /// The receiver during one attempt.
  @FunctionalInterface
  public interface Receiver {
    /// Calls it.
    HttpPoster.Outcome call(HttpCall call);

    /// Posts JSON to an address.
    default HttpPoster.Outcome post(String url, Map<String, ?> json) {
      return call(HttpCall.post(url, GoJson.write(json)));
    }

    /// Posts JSON to an address that is a secret.
    default HttpPoster.Outcome post(SecretSource url, Map<String, ?> json) throws IOException {
      return post(url.read().orElse(""), json);
    }
  }

  @Override
  public NotifyResult notify(Notification notification, Instant deadline) {
    try {
      return exchange.tell(
          notification, call -> poster.call(call, notification.deliveryId(), timeout, deadline));
    } catch (IOException e) {
      return new NotifyResult.Retryable(String.valueOf(e.getMessage()), Optional.empty());
    }
  }
}
