package io.pharos.config.alertmanager;

import static java.util.Objects.requireNonNull;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
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

  @Override
  public String type() {
    return "webhook";
  }

  /// None: the body is Alertmanager's version 4.
  @Override
  public Map<String, String> templates() {
    return Map.of();
  }
}
