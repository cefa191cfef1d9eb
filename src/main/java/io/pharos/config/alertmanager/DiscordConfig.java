package io.pharos.config.alertmanager;

import static java.util.Objects.requireNonNull;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import java.util.LinkedHashMap;
import java.util.Map;

/// A message to a Discord webhook (`discord_configs`): a line and one embed.
///
/// @param content the line, a template
/// @param title of the embed, a template
/// @param message the embed's description, a template
/// @param username the name that the message stands under; empty for the webhook's
/// @param avatarUrl the picture beside it; empty for the webhook's
public record DiscordConfig(
    boolean sendResolved,
    HttpOptions http,
    SecretSource webhookUrl,
    String content,
    String title,
    String message,
    String username,
    String avatarUrl)
    implements IntegrationConfig {
  /// The title where the file has none.
  public static final String DEFAULT_TITLE = "{{ template \"discord.default.title\" . }}";

  /// The description where the file has none.
  public static final String DEFAULT_MESSAGE = "{{ template \"discord.default.message\" . }}";

  public DiscordConfig {
    requireNonNull(http, "http is null");
    requireNonNull(webhookUrl, "webhookUrl is null");
  }

  @Override
  public String type() {
    return "discord";
  }

  @Override
  public Map<String, String> templates() {
    var texts = new LinkedHashMap<String, String>();
    texts.put("content", content);
    texts.put("title", title);
    texts.put("message", message);
    return texts;
  }
}
