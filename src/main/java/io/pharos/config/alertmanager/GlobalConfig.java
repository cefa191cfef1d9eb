package io.pharos.config.alertmanager;

import static java.util.Objects.requireNonNull;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.TlsOptions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The `global` part. All but the resolve timeout is already merged into the receivers.
///
/// @param resolveTimeout how long an alert without an end is believed after its last post
public record GlobalConfig(
    Duration resolveTimeout, HttpOptions http, SmtpDefaults smtp, ServiceDefaults services) {
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
      SecretSource authPassword,
      SecretSource authSecret,
      String authIdentity,
      boolean requireTls,
      @Nullable Boolean forceImplicitTls,
      TlsOptions tls) {}

  /// Addresses and keys that receivers of chat and incident services take where they say nothing
  /// themselves. Addresses without a default are empty.
  public record ServiceDefaults(
      SecretSource slackApiUrl,
      String pagerDutyUrl,
      String opsGenieApiUrl,
      SecretSource opsGenieApiKey,
      String weChatApiUrl,
      SecretSource weChatApiSecret,
      String weChatCorpId,
      String telegramApiUrl) {}
}
