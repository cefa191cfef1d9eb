package io.pharos.config.alertmanager;

import static java.util.Objects.requireNonNull;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/// A push message of Pushover (`pushover_configs`). Texts are templates.
///
/// @param retry how often an emergency is told again
/// @param expire how long an emergency is told again
/// @param ttl after what time the message vanishes; zero for never
/// @param html whether the message is HTML
/// @param monospace whether the message is shown in a fixed width; never together with [#html]
public record PushoverConfig(
    boolean sendResolved,
    HttpOptions http,
    SecretSource userKey,
    SecretSource token,
    String title,
    String message,
    String url,
    String urlTitle,
    String device,
    String sound,
    String priority,
    Duration retry,
    Duration expire,
    Duration ttl,
    boolean html,
    boolean monospace)
    implements IntegrationConfig {
  /// The title where the file has none.
  public static final String DEFAULT_TITLE = "{{ template \"pushover.default.title\" . }}";

  /// The message where the file has none.
  public static final String DEFAULT_MESSAGE = "{{ template \"pushover.default.message\" . }}";

  /// The link where the file has none.
  public static final String DEFAULT_URL = "{{ template \"pushover.default.url\" . }}";

  /// The priority where the file has none: an emergency while firing.
  public static final String DEFAULT_PRIORITY =
      "{{ if eq .Status \"firing\" }}2{{ else }}0{{ end }}";

  public PushoverConfig {
    requireNonNull(http, "http is null");
    requireNonNull(userKey, "userKey is null");
    requireNonNull(token, "token is null");
    requireNonNull(retry, "retry is null");
    requireNonNull(expire, "expire is null");
    requireNonNull(ttl, "ttl is null");
    if (html && monospace) {
      throw new IllegalArgumentException("at most one of html and monospace may be set");
    }
  }

  @Override
  public String type() {
    return "pushover";
  }

  @Override
  public Map<String, String> templates() {
    var texts = new LinkedHashMap<String, String>();
    texts.put("title", title);
    texts.put("message", message);
    texts.put("url", url);
    texts.put("url_title", urlTitle);
    texts.put("device", device);
    texts.put("sound", sound);
    texts.put("priority", priority);
    return texts;
  }
}
