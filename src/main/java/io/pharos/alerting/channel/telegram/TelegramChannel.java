package io.pharos.alerting.channel.telegram;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.HttpNotifier;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.HttpPoster.Outcome;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.channel.JsonAnswer;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/// Messages by a Telegram bot. Only `"ok": true` means success, whatever the status. Like
/// Alertmanager, it retries after any other answer, because chats and rights change.
public enum TelegramChannel implements Channel<TelegramConfig> {
  INSTANCE;

  @Override
  public String type() {
    return "telegram";
  }

  @Override
  public IntegrationDefaults defaults(KeyReader global) {
    String url = global.url("telegram_api_url", "https://api.telegram.org");
    return IntegrationDefaults.of(
        keys -> TelegramConfig.read(keys, url), section -> section.put("telegram_api_url", url));
  }

  @Override
  public Notifier notifier(TelegramConfig config, ChannelTools tools) {
    return tools.calling(
        config.http(),
        (notification, receiver) ->
            send(config, new TelegramMessage(config, tools.draft(this, notification)), receiver));
  }

  private static NotifyResult send(
      TelegramConfig config, TelegramMessage message, HttpNotifier.Receiver receiver)
      throws IOException {
    String url = config.apiUrl() + "/bot" + config.botToken().read().orElse("") + "/sendMessage";
    Json payload = message.payload();
    Outcome outcome = receiver.post(url, payload);
    if (outcome instanceof Outcome.Refused(_, String body, _)
        && payload.containsKey("parse_mode")
        && description(body).contains("can't parse entities")) {
      outcome = receiver.post(url, message.plain(payload));
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

  private static NotifyResult judge(String body) {
    JsonAnswer answer = JsonAnswer.of(body);
    if (answer.flag("ok").orElse(false)) {
      OptionalLong id = answer.number("result/message_id");
      return new NotifyResult.Sent(id.isPresent() ? "message " + id.getAsLong() : "ok");
    }
    return new NotifyResult.Retryable(
        "Telegram refused the message" + HttpPoster.excerpt(body), pause(body));
  }

  private static String description(String body) {
    return JsonAnswer.of(body).text("description").orElse("");
  }

  /// The pause that Telegram requests, in the body instead of a header.
  private static Optional<Duration> pause(String body) {
    OptionalLong seconds = JsonAnswer.of(body).number("parameters/retry_after");
    return seconds.isPresent()
        ? Optional.of(Duration.ofSeconds(Math.clamp(seconds.getAsLong(), 0, 3600)))
        : Optional.empty();
  }

  @Override
  public void preview(ChatPreview preview) {
    JsonNode json = preview.json();
    String content = json.path("text").asText();
    boolean html = json.path("parse_mode").asText().toLowerCase(Locale.ROOT).equals("html");
    preview.text(Style.TEXT, html ? ChatText.html(content) : ChatText.plain(content));
    for (JsonNode row : json.at("/reply_markup/inline_keyboard")) {
      preview.buttons(row, "text", "url");
    }
  }
}
