package io.pharos.alerting.notify.telegram;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.notify.Notification;
import io.pharos.alerting.notify.Notifier;
import io.pharos.alerting.notify.NotifyResult;
import io.pharos.alerting.notify.message.HttpPoster;
import io.pharos.alerting.notify.message.HttpPoster.Outcome;
import io.pharos.alerting.notify.message.JsonAnswer;
import io.pharos.alerting.notify.message.MessageComposer;
import io.pharos.alerting.notify.message.MessageTemplates;
import io.pharos.config.alertmanager.TelegramConfig;
import io.pharos.template.GoJson;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// Sends messages by a Telegram bot. Only `"ok": true` counts as success, whatever the status; like
/// Alertmanager it tries again after any other answer, since chats and rights come and go.
public final class TelegramNotifier implements Notifier {
  private final TelegramConfig config;
  private final HttpPoster poster;
  private final TelegramMessage messages;

  public TelegramNotifier(
      TelegramConfig config,
      HttpPoster poster,
      MessageTemplates templates,
      MessageComposer composer) {
    this.config = requireNonNull(config, "config is null");
    this.poster = requireNonNull(poster, "poster is null");
    this.messages = new TelegramMessage(config, templates, composer);
  }

  @Override
  public NotifyResult notify(Notification notification, Instant deadline) {
    String url;
    try {
      url = config.apiUrl() + "/bot" + config.botToken().read().orElse("") + "/sendMessage";
    } catch (IOException e) {
      return new NotifyResult.Retryable(String.valueOf(e.getMessage()), Optional.empty());
    }
    Map<String, Object> payload = messages.payload(notification);
    Outcome outcome = send(url, payload, notification, deadline);
    if (outcome instanceof Outcome.Refused(_, String body, _)
        && payload.containsKey("parse_mode")
        && description(body).contains("can't parse entities")) {
      outcome = send(url, messages.plain(payload, notification), notification, deadline);
    }
    return switch (outcome) {
      case Outcome.Answered(_, String body) -> judge(body);
      case Outcome.Refused(_, String body, NotifyResult.Retryable(String reason, var after)) ->
          new NotifyResult.Retryable(reason, after.or(() -> pause(body)));
      case Outcome.Refused(_, String body, NotifyResult.Rejected(String reason)) ->
          new NotifyResult.Retryable(reason, pause(body));
      case Outcome.Refused(_, _, NotifyResult.Sent sent) -> sent;
      case Outcome.Refused(_, _, NotifyResult.NotConfigured missing) -> missing;
      case Outcome.Failed(var result) -> result;
    };
  }

  private Outcome send(
      String url, Map<String, Object> payload, Notification notification, Instant deadline) {
    return poster.post(
        url, GoJson.write(payload), notification.deliveryId(), Duration.ZERO, deadline);
  }

  private static NotifyResult judge(String body) {
    JsonAnswer answer = JsonAnswer.of(body);
    if (answer.flag("ok").orElse(false)) {
      OptionalLong id = answer.number("result/message_id");
      return new NotifyResult.Sent(id.isPresent() ? "message " + id.getAsLong() : "ok");
    }
    return new NotifyResult.Retryable(
        "Telegram refused the message" + HttpPoster.shown(body), pause(body));
  }

  private static String description(String body) {
    return JsonAnswer.of(body).text("description").orElse("");
  }

  /// How long Telegram asks to be left alone; it stands in the body, not in a header.
  private static Optional<Duration> pause(String body) {
    OptionalLong seconds = JsonAnswer.of(body).number("parameters/retry_after");
    return seconds.isPresent()
        ? Optional.of(Duration.ofSeconds(Math.clamp(seconds.getAsLong(), 0, 3600)))
        : Optional.empty();
  }
}
