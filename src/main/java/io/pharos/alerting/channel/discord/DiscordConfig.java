package io.pharos.alerting.channel.discord;

import static java.util.Objects.requireNonNull;

import io.pharos.config.alertmanager.ChatWebhook;
import io.pharos.config.alertmanager.ConfigSection;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.yaml.YamlMap;
import java.util.Map;

/// A message to a Discord webhook (`discord_configs`): a line and one embed.
///
/// @param content the line, a template
/// @param title of the embed, a template
/// @param message the embed's description, a template
/// @param username the name that the message stands under; empty for the webhook's
/// @param avatarUrl the picture beside it; empty for the webhook's
public record DiscordConfig(
    ChatWebhook hook,
    String content,
    String title,
    String message,
    String username,
    String avatarUrl)
    implements ChatWebhook.Config {
  /// The title where the file has none.
  public static final String DEFAULT_TITLE = "{{ template \"discord.default.title\" . }}";

  /// The description where the file has none.
  public static final String DEFAULT_MESSAGE = "{{ template \"discord.default.message\" . }}";

  public DiscordConfig {
    requireNonNull(hook, "hook is null");
  }

  static DiscordConfig read(KeyReader keys) {
    YamlMap map = keys.map();
    return new DiscordConfig(
        ChatWebhook.read(keys),
        map.string("content", ""),
        map.string("title", DEFAULT_TITLE),
        map.string("message", DEFAULT_MESSAGE),
        map.string("username", ""),
        map.string("avatar_url", ""));
  }

  @Override
  public void print(ConfigSection section) {
    hook.print(section)
        .putText("content", content)
        .put("title", title)
        .put("message", message)
        .putText("username", username)
        .putText("avatar_url", avatarUrl);
  }

  @Override
  public DiscordChannel kind() {
    return DiscordChannel.INSTANCE;
  }

  @Override
  public Map<String, String> templates() {
    return IntegrationConfig.texts(
        "content", content,
        "title", title,
        "message", message);
  }
}
