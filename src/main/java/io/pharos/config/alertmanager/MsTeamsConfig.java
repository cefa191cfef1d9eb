package io.pharos.config.alertmanager;

import static java.util.Objects.requireNonNull;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import java.util.LinkedHashMap;
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

  @Override
  public String type() {
    return "msteams";
  }

  @Override
  public Map<String, String> templates() {
    var texts = new LinkedHashMap<String, String>();
    texts.put("title", title);
    texts.put("summary", summary);
    texts.put("text", text);
    return texts;
  }
}
