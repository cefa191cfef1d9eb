package io.pharos.config.alertmanager;

import static java.util.Objects.requireNonNull;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import java.util.Map;

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

  public TelegramConfig {
    requireNonNull(http, "http is null");
    requireNonNull(apiUrl, "apiUrl is null");
    requireNonNull(botToken, "botToken is null");
    requireNonNull(message, "message is null");
    requireNonNull(parseMode, "parseMode is null");
  }

  @Override
  public String type() {
    return "telegram";
  }

  @Override
  public Map<String, String> templates() {
    return Map.of("message", message);
  }
}
