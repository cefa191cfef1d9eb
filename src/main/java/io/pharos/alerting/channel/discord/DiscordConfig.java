package io.pharos.alerting.channel.discord;

import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.config.alertmanager.ChatWebhook;
import io.pharos.config.alertmanager.KeyReader;
import java.util.Map;

/// A message to a Discord webhook (`discord_configs`): one line and one embed.
///
/// @param content the line
/// @param title title of the embed
/// @param message description of the embed
/// @param username sender's name; empty for the webhook's
/// @param avatarUrl sender's picture; empty for the webhook's
public record DiscordConfig(
    ChatWebhook hook,
    @Text String content,
    @Text(DEFAULT_TITLE) String title,
    @Text(DEFAULT_MESSAGE) String message,
    String username,
    String avatarUrl)
    implements ChatWebhook.Config, ConfigKeys.Config {
  static final String DEFAULT_TITLE = "{{ template \"discord.default.title\" . }}";
  static final String DEFAULT_MESSAGE = "{{ template \"discord.default.message\" . }}";

  static DiscordConfig read(KeyReader keys) {
    return ConfigKeys.read(DiscordConfig.class, keys, Map.of());
  }

  @Override
  public DiscordChannel kind() {
    return DiscordChannel.INSTANCE;
  }
}
