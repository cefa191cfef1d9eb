package io.pharos.alerting.channel.msteams;

import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.config.alertmanager.ChatWebhook;
import io.pharos.config.alertmanager.KeyReader;
import java.util.Map;

/// A message card to a Microsoft Teams connector (`msteams_configs`).
public record MsTeamsConfig(
    ChatWebhook hook,
    @Text(DEFAULT_TITLE) String title,
    @Text(DEFAULT_SUMMARY) String summary,
    @Text(DEFAULT_TEXT) String text)
    implements ChatWebhook.Config, ConfigKeys.Config {
  static final String DEFAULT_TITLE = "{{ template \"msteams.default.title\" . }}";
  static final String DEFAULT_SUMMARY = "{{ template \"msteams.default.summary\" . }}";
  static final String DEFAULT_TEXT = "{{ template \"msteams.default.text\" . }}";

  static MsTeamsConfig read(KeyReader keys) {
    return ConfigKeys.read(MsTeamsConfig.class, keys, Map.of());
  }

  @Override
  public MsTeamsChannel kind() {
    return MsTeamsChannel.INSTANCE;
  }
}
