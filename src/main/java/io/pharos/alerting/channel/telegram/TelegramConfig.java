package io.pharos.alerting.channel.telegram;

import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.ConfigKeys.Key;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.config.alertmanager.ConfigSection;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import io.pharos.model.Quoted;
import java.util.Map;
import java.util.Set;

/// A message by a Telegram bot (`telegram_configs`).
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
    implements ConfigKeys.Config {
  static final String DEFAULT_MESSAGE = "{{ template \"telegram.default.message\" . }}";

  /// The parse mode in which texts are HTML and templates escape.
  static final String HTML = "HTML";

  private static final Set<String> PARSE_MODES = Set.of("", HTML, "Markdown", "MarkdownV2");

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
  public TelegramChannel kind() {
    return TelegramChannel.INSTANCE;
  }
}
