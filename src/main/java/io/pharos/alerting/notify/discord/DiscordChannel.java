package io.pharos.alerting.notify.discord;

import io.pharos.alerting.notify.Notifier;
import io.pharos.alerting.notify.NotifyResult;
import io.pharos.alerting.notify.channel.Channel;
import io.pharos.alerting.notify.channel.ChannelTools;
import io.pharos.alerting.notify.message.HttpPoster;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import java.time.Duration;

/// Messages to a Discord webhook.
public enum DiscordChannel implements Channel<DiscordConfig> {
  INSTANCE;

  @Override
  public String type() {
    return "discord";
  }

  @Override
  public IntegrationDefaults defaults(KeyReader global) {
    return DiscordConfig::read;
  }

  @Override
  public Notifier notifier(DiscordConfig config, ChannelTools tools) {
    return tools.posting(
        this,
        config.hook().http(),
        Duration.ZERO,
        config.hook().webhookUrl(),
        draft -> new DiscordMessage(config, draft).payload(),
        body -> new NotifyResult.Sent("taken" + HttpPoster.shown(body)));
  }
}
