package io.pharos.alerting.channel.msteams;

import static java.util.Objects.requireNonNull;

import io.pharos.config.alertmanager.ChatWebhook;
import io.pharos.config.alertmanager.ConfigSection;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.yaml.YamlMap;
import java.util.Map;

/// An adaptive card to a Microsoft Teams workflow (`msteamsv2_configs`). Texts are templates.
public record MsTeamsV2Config(ChatWebhook hook, String title, String text)
    implements ChatWebhook.Config {
  /// The title where the file has none.
  public static final String DEFAULT_TITLE = "{{ template \"msteamsv2.default.title\" . }}";

  /// The text where the file has none.
  public static final String DEFAULT_TEXT = "{{ template \"msteamsv2.default.text\" . }}";

  public MsTeamsV2Config {
    requireNonNull(hook, "hook is null");
  }

  static MsTeamsV2Config read(KeyReader keys) {
    YamlMap map = keys.map();
    return new MsTeamsV2Config(
        ChatWebhook.read(keys),
        map.string("title", DEFAULT_TITLE),
        map.string("text", DEFAULT_TEXT));
  }

  @Override
  public void print(ConfigSection section) {
    hook.print(section).put("title", title).put("text", text);
  }

  @Override
  public MsTeamsV2Channel kind() {
    return MsTeamsV2Channel.INSTANCE;
  }

  @Override
  public Map<String, String> templates() {
    return IntegrationConfig.texts(
        "title", title,
        "text", text);
  }
}
