package io.pharos.alerting.notify.msteams;

import static java.util.Objects.requireNonNull;

import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.alertmanager.Section;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import java.util.Map;

/// A message card to a Microsoft Teams connector (`msteams_configs`). Texts are templates.
public record MsTeamsConfig(
    boolean sendResolved,
    HttpOptions http,
    SecretSource webhookUrl,
    String title,
    String summary,
    String text)
    implements IntegrationConfig {
  /// The title where the file has none.
  public static final String DEFAULT_TITLE = "{{ template \"msteams.default.title\" . }}";

  /// The summary where the file has none.
  public static final String DEFAULT_SUMMARY = "{{ template \"msteams.default.summary\" . }}";

  /// The text where the file has none.
  public static final String DEFAULT_TEXT = "{{ template \"msteams.default.text\" . }}";

  public MsTeamsConfig {
    requireNonNull(http, "http is null");
    requireNonNull(webhookUrl, "webhookUrl is null");
  }

  static MsTeamsConfig read(KeyReader keys) {
    YamlMap map = keys.map();
    return new MsTeamsConfig(
        keys.sendResolved(true),
        keys.http(),
        keys.requiredSecretUrl("webhook_url"),
        map.string("title", DEFAULT_TITLE),
        map.string("summary", DEFAULT_SUMMARY),
        map.string("text", DEFAULT_TEXT));
  }

  @Override
  public void print(Section section) {
    section
        .putCommon(sendResolved, http)
        .putSecret("webhook_url", webhookUrl)
        .put("title", title)
        .put("summary", summary)
        .put("text", text);
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
