package io.pharos.config.alertmanager;

import static java.util.Objects.requireNonNull;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import java.util.LinkedHashMap;
import java.util.Map;

/// An adaptive card to a Microsoft Teams workflow (`msteamsv2_configs`). Texts are templates.
public record MsTeamsV2Config(
    boolean sendResolved, HttpOptions http, SecretSource webhookUrl, String title, String text)
    implements IntegrationConfig {
  /// The title where the file has none.
  public static final String DEFAULT_TITLE = "{{ template \"msteamsv2.default.title\" . }}";

  /// The text where the file has none.
  public static final String DEFAULT_TEXT = "{{ template \"msteamsv2.default.text\" . }}";

  public MsTeamsV2Config {
    requireNonNull(http, "http is null");
    requireNonNull(webhookUrl, "webhookUrl is null");
  }

  @Override
  public String type() {
    return "msteamsv2";
  }

  @Override
  public Map<String, String> templates() {
    var texts = new LinkedHashMap<String, String>();
    texts.put("title", title);
    texts.put("text", text);
    return texts;
  }
}
