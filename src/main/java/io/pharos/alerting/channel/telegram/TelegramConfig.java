package io.pharos.alerting.channel.telegram;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.ConfigKeys.Key;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.HttpPoster.Outcome;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.channel.JsonAnswer;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.ConfigSection;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import io.pharos.model.Quoted;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// Messages by a Telegram bot (`telegram_configs`). Only `"ok": true` means success, whatever the
/// status. Like Alertmanager, it retries after any other answer, because chats and rights change.
///
/// @param apiUrl address of the bot API
/// @param messageThreadId the topic within the chat; 0 for none
/// @param parseMode `HTML`, `Markdown`, `MarkdownV2`, or empty for plain text
public record TelegramConfig(
    boolean sendResolved,
    HttpOptions http,
    String apiUrl,
    SecretSource botToken,
    long chatId,
    int messageThreadId,
    @Text(DEFAULT_MESSAGE) String message,
    boolean disableNotifications,
    @Key(always = true) String parseMode)
    implements Channel.Config {
  /// The channel.
  public static final Channel CHANNEL =
      Channel.withGlobals("telegram", TelegramConfig::globals, TelegramConfig::preview);

  static final String DEFAULT_MESSAGE = "{{ template \"telegram.default.message\" . }}";

  /// The parse mode in which texts are HTML and templates escape.
  static final String HTML = "HTML";

  private static final Set<String> PARSE_MODES = Set.of("", HTML, "Markdown", "MarkdownV2");

  private static IntegrationDefaults globals(KeyReader global) {
    String url = global.url("telegram_api_url", "https://api.telegram.org");
    return IntegrationDefaults.of(
        keys -> TelegramConfig.read(keys, url), section -> section.put("telegram_api_url", url));
  }

  private static TelegramConfig read(KeyReader keys, String defaultUrl) {
    YamlMap map = keys.map();
    SecretSource token = keys.requiredSecret("bot_token");
    long chat =
        map.get("chat_id").map(value -> value.parse("a whole number", Long::parseLong)).orElse(0L);
    if (chat == 0) {
      throw map.error("missing chat_id in Telegram config, expected a number other than 0");
    }
    String parseMode = map.string("parse_mode", HTML);
    if (!PARSE_MODES.contains(parseMode)) {
      throw map.require("parse_mode")
          .error("expected HTML, Markdown, MarkdownV2 or \"\", found " + Quoted.of(parseMode));
    }
    return ConfigKeys.read(
        TelegramConfig.class,
        keys,
        Map.of(
            "sendResolved", keys.sendResolved(true),
            "apiUrl", keys.url("api_url", defaultUrl),
            "botToken", token,
            "chatId", chat,
            "parseMode", parseMode));
  }

  @Override
  public void print(ConfigSection section) {
    ConfigKeys.print(
        this, section, messageThreadId == 0 ? Map.of("message_thread_id", "") : Map.of());
  }

  @Override
  public Channel kind() {
    return CHANNEL;
  }

  @Override
  public Notifier notifier(ChannelTools tools) {
    return tools.calling(
        http,
        (notification, receiver) ->
            send(new TelegramMessage(this, tools.draft(this, notification)), receiver));
  }

  private NotifyResult send(TelegramMessage message, ChannelTools.Receiver receiver)
      throws IOException {
    String url = apiUrl + "/bot" + botToken.read().orElse("") + "/sendMessage";
    Json payload = message.payload();
    Outcome outcome = receiver.post(url, payload);
    if (outcome instanceof Outcome.Failed(_, String body, _)
        && payload.containsKey("parse_mode")
        && description(body).contains("can't parse entities")) {
      outcome = receiver.post(url, message.plain(payload));
    }
    return switch (outcome) {
      case Outcome.Answered(_, String body) -> judge(body);
      case Outcome.Failed(int status, _, NotifyResult result) when status == 0 -> result;
      case Outcome.Failed(_, String body, NotifyResult.Retryable(String reason, var after)) ->
          new NotifyResult.Retryable(reason, after.or(() -> pause(body)));
      case Outcome.Failed(_, String body, NotifyResult result) ->
          new NotifyResult.Retryable(result.text(), pause(body));
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

  private static void preview(ChatPreview preview) {
    JsonNode json = preview.json();
    String content = json.path("text").asText();
    boolean html = json.path("parse_mode").asText().toLowerCase(Locale.ROOT).equals("html");
    preview.text(Style.TEXT, html ? ChatText.html(content) : ChatText.plain(content));
    for (JsonNode row : json.at("/reply_markup/inline_keyboard")) {
      preview.buttons(row, "text", "url");
    }
  }
}
