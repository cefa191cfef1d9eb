package io.pharos.alerting.channel.telegram;

import static java.util.Objects.requireNonNull;

import io.pharos.config.alertmanager.ConfigSection;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import io.pharos.model.Quoted;
import java.util.Map;
import java.util.Set;

/// A message by a Telegram bot (`telegram_configs`).
///
/// @param apiUrl the address of the bot API
/// @param messageThreadId the topic within the chat; 0 for none
/// @param message a template
/// @param parseMode `HTML`, `Markdown`, `MarkdownV2`, or empty for plain text
public record TelegramConfig(
    boolean sendResolved,
    HttpOptions http,
    String apiUrl,
    SecretSource botToken,
    long chatId,
    int messageThreadId,
    String message,
    boolean disableNotifications,
    String parseMode)
    implements IntegrationConfig {
  /// The message where the file has none.
  public static final String DEFAULT_MESSAGE = "{{ template \"telegram.default.message\" . }}";

  /// The parse mode in which texts are HTML and templates escape.
  public static final String HTML = "HTML";

  private static final Set<String> PARSE_MODES = Set.of("", HTML, "Markdown", "MarkdownV2");

  public TelegramConfig {
    requireNonNull(http, "http is null");
    requireNonNull(apiUrl, "apiUrl is null");
    requireNonNull(botToken, "botToken is null");
    requireNonNull(message, "message is null");
    requireNonNull(parseMode, "parseMode is null");
  }

  static TelegramConfig read(KeyReader keys, String defaultUrl) {
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
    return new TelegramConfig(
        keys.sendResolved(true),
        keys.http(),
        keys.url("api_url", defaultUrl),
        token,
        chat,
        map.integer("message_thread_id", 0),
        map.string("message", DEFAULT_MESSAGE),
        map.bool("disable_notifications", false),
        parseMode);
  }

  @Override
  public void print(ConfigSection section) {
    section
        .putCommon(sendResolved, http)
        .put("api_url", apiUrl)
        .putSecret("bot_token", botToken)
        .put("chat_id", chatId);
    if (messageThreadId != 0) {
      section.put("message_thread_id", messageThreadId);
    }
    section
        .put("message", message)
        .put("disable_notifications", disableNotifications)
        .put("parse_mode", parseMode);
  }

  @Override
  public TelegramChannel kind() {
    return TelegramChannel.INSTANCE;
  }

  @Override
  public Map<String, String> templates() {
    return Map.of("message", message);
  }
}
