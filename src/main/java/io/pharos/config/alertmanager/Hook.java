package io.pharos.config.alertmanager;

import static java.util.Objects.requireNonNull;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;

/// A chat's webhook, which knows by its address alone who may post: `send_resolved`, `http_config`
/// and `webhook_url`.
///
/// @param sendResolved whether resolved alerts are told too
/// @param webhookUrl a secret
public record Hook(boolean sendResolved, HttpOptions http, SecretSource webhookUrl) {
  public Hook {
    requireNonNull(http, "http is null");
    requireNonNull(webhookUrl, "webhookUrl is null");
  }

  /// Reads the three keys.
  public static Hook read(KeyReader keys) {
    return new Hook(keys.sendResolved(true), keys.http(), keys.requiredSecretUrl("webhook_url"));
  }

  /// Prints the three keys, and gives the section for those that follow.
  public Section print(Section section) {
    return section.putCommon(sendResolved, http).putSecret("webhook_url", webhookUrl);
  }

  /// An integration that posts to one.
  public interface Config extends IntegrationConfig {
    Hook hook();

    @Override
    default boolean sendResolved() {
      return hook().sendResolved();
    }
  }
}
