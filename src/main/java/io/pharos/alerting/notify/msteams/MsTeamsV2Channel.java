package io.pharos.alerting.notify.msteams;

import io.pharos.alerting.notify.Notifier;
import io.pharos.alerting.notify.channel.Channel;
import io.pharos.alerting.notify.channel.ChannelTools;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import java.time.Duration;

/// Adaptive cards to a Microsoft Teams workflow.
public enum MsTeamsV2Channel implements Channel<MsTeamsV2Config> {
  INSTANCE;

  @Override
  public String type() {
    return "msteamsv2";
  }

  @Override
  public IntegrationDefaults defaults(KeyReader global) {
    return MsTeamsV2Config::read;
  }

  @Override
  public Notifier notifier(MsTeamsV2Config config, ChannelTools tools) {
    return tools.posting(
        this,
        config.hook().http(),
        Duration.ZERO,
        config.hook().webhookUrl(),
        draft -> new MsTeamsV2Message(config, draft).payload(),
        MsTeamsChannel::judge);
  }
}
