package io.pharos.config.alertmanager;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The `global` part. All but the resolve timeout is already merged into the receivers.
///
/// @param resolveTimeout how long an alert without an end is believed after its last post
public record GlobalConfig(
    Duration resolveTimeout, HttpConfig http, SmtpDefaults smtp, ServiceDefaults services) {
  public GlobalConfig {
    requireNonNull(resolveTimeout, "resolveTimeout is null");
    requireNonNull(http, "http is null");
    requireNonNull(smtp, "smtp is null");
    requireNonNull(services, "services is null");
  }

  /// What `email_configs` take where they say nothing themselves.
  public record SmtpDefaults(
      String from,
      String hello,
      @Nullable HostPort smarthost,
      String authUsername,
      SecretValue authPassword,
      SecretValue authSecret,
      String authIdentity,
      boolean requireTls,
      @Nullable Boolean forceImplicitTls,
      TlsConfig tls) {}

  /// Addresses and keys that receivers of chat and incident services take where they say nothing
  /// themselves. Addresses without a default are empty.
  public record ServiceDefaults(
      SecretValue slackApiUrl,
      String pagerDutyUrl,
      String opsGenieApiUrl,
      SecretValue opsGenieApiKey,
      String weChatApiUrl,
      SecretValue weChatApiSecret,
      String weChatCorpId,
      String telegramApiUrl) {}
}
