package io.pharos.alerting.channel.webhook;

import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import java.time.Duration;
import java.util.Map;

/// A receiver of Alertmanager's JSON by POST (`webhook_configs`).
///
/// @param url a secret, because it may contain tokens
/// @param maxAlerts maximum number of alerts in one message; 0 for all
/// @param timeout timeout of one attempt; zero for the delivery's deadline
public record WebhookConfig(
    boolean sendResolved, HttpOptions http, SecretSource url, int maxAlerts, Duration timeout)
    implements ConfigKeys.Config {
  static WebhookConfig read(KeyReader keys) {
    YamlMap map = keys.map();
    map.unsupported("payload", "the body is Alertmanager's version 4");
    SecretSource url = keys.requiredSecretUrl("url");
    if (map.integer("max_alerts", 0) < 0) {
      throw map.require("max_alerts").error("must not be negative");
    }
    return ConfigKeys.read(
        WebhookConfig.class, keys, Map.of("sendResolved", keys.sendResolved(true), "url", url));
  }

  @Override
  public WebhookChannel kind() {
    return WebhookChannel.INSTANCE;
  }
}
