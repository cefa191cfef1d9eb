package io.pharos.alerting.channel.webhook;

import static java.util.Objects.requireNonNull;

import io.pharos.config.alertmanager.ConfigSection;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import java.time.Duration;
import java.util.Map;

/// A receiver that gets Alertmanager's JSON by POST (`webhook_configs`).
///
/// @param url where to; a secret, since tokens stand in it
/// @param maxAlerts how many alerts one message may carry; 0 for all
/// @param timeout how long one attempt may take; zero for the pipeline's deadline
public record WebhookConfig(
    boolean sendResolved, HttpOptions http, SecretSource url, int maxAlerts, Duration timeout)
    implements IntegrationConfig {
  public WebhookConfig {
    requireNonNull(http, "http is null");
    requireNonNull(url, "url is null");
    requireNonNull(timeout, "timeout is null");
  }

  static WebhookConfig read(KeyReader keys) {
    YamlMap map = keys.map();
    map.unsupported("payload", "the body is Alertmanager's version 4");
    SecretSource url = keys.requiredSecretUrl("url");
    int maxAlerts = map.integer("max_alerts", 0);
    if (maxAlerts < 0) {
      throw map.require("max_alerts").error("must not be negative");
    }
    return new WebhookConfig(
        keys.sendResolved(true),
        keys.http(),
        url,
        maxAlerts,
        map.duration("timeout", Duration.ZERO));
  }

  @Override
  public void print(ConfigSection section) {
    section
        .putCommon(sendResolved, http)
        .putSecret("url", url)
        .put("max_alerts", maxAlerts)
        .putDuration("timeout", timeout);
  }

  @Override
  public WebhookChannel kind() {
    return WebhookChannel.INSTANCE;
  }

  /// None: the body is Alertmanager's version 4.
  @Override
  public Map<String, String> templates() {
    return Map.of();
  }
}
