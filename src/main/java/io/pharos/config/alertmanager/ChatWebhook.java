package io.pharos.config.alertmanager;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;

/// The webhook of a chat. Its keys are `send_resolved`, `http_config` and `webhook_url`; the URL is
/// the only credential.
///
/// @param webhookUrl the URL, which is a secret
public record ChatWebhook(boolean sendResolved, HttpOptions http, SecretSource webhookUrl) {
  /// Reads the three keys.
  public static ChatWebhook read(KeyReader keys) {
    return new ChatWebhook(
        keys.sendResolved(true), keys.http(), keys.requiredSecretUrl("webhook_url"));
  }

  /// Prints the three keys and returns the section, so that further keys can be printed.
  public ConfigSection print(ConfigSection section) {
    return section.putCommon(sendResolved, http).putSecret("webhook_url", webhookUrl);
  }

  /// An integration that posts to a webhook.
  public interface Config extends IntegrationConfig {
    /// Returns the webhook.
    ChatWebhook hook();

    @Override
    default boolean sendResolved() {
      return hook().sendResolved();
    }
  }
}
