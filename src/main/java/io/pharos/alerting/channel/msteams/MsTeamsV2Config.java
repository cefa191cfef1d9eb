package io.pharos.alerting.channel.msteams;

import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.config.alertmanager.ChatWebhook;
import io.pharos.config.alertmanager.KeyReader;
import java.util.Map;

/// An adaptive card to a Microsoft Teams workflow (`msteamsv2_configs`).
public record MsTeamsV2Config(
    ChatWebhook hook, @Text(DEFAULT_TITLE) String title, @Text(DEFAULT_TEXT) String text)
    implements ChatWebhook.Config, ConfigKeys.Config {
  static final String DEFAULT_TITLE = "{{ template \"msteamsv2.default.title\" . }}";
  static final String DEFAULT_TEXT = "{{ template \"msteamsv2.default.text\" . }}";

  static MsTeamsV2Config read(KeyReader keys) {
    return ConfigKeys.read(MsTeamsV2Config.class, keys, Map.of());
  }

  @Override
  public MsTeamsV2Channel kind() {
    return MsTeamsV2Channel.INSTANCE;
  }
}
