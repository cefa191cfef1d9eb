package io.pharos.alerting.channel.msteams;

import static java.util.Objects.requireNonNull;

import io.pharos.config.alertmanager.ChatWebhook;
import io.pharos.config.alertmanager.ConfigSection;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.yaml.YamlMap;
import java.util.Map;

/// A message card to a Microsoft Teams connector (`msteams_configs`). Texts are templates.
public record MsTeamsConfig(ChatWebhook hook, String title, String summary, String text)
    implements ChatWebhook.Config {
  /// The title where the file has none.
  public static final String DEFAULT_TITLE = "{{ template \"msteams.default.title\" . }}";

  /// The summary where the file has none.
  public static final String DEFAULT_SUMMARY = "{{ template \"msteams.default.summary\" . }}";

  /// The text where the file has none.
  public static final String DEFAULT_TEXT = "{{ template \"msteams.default.text\" . }}";

  public MsTeamsConfig {
    requireNonNull(hook, "hook is null");
  }

  static MsTeamsConfig read(KeyReader keys) {
    YamlMap map = keys.map();
    return new MsTeamsConfig(
        ChatWebhook.read(keys),
        map.string("title", DEFAULT_TITLE),
        map.string("summary", DEFAULT_SUMMARY),
        map.string("text", DEFAULT_TEXT));
  }

  @Override
  public void print(ConfigSection section) {
    hook.print(section).put("title", title).put("summary", summary).put("text", text);
  }

  @Override
  public MsTeamsChannel kind() {
    return MsTeamsChannel.INSTANCE;
  }

  @Override
  public Map<String, String> templates() {
    return IntegrationConfig.texts(
        "title", title,
        "summary", summary,
        "text", text);
  }
}
