package io.pharos.alerting.channel.email;

import io.pharos.config.alertmanager.ConfigSection;
import io.pharos.config.alertmanager.HostPort;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.TlsOptions;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import org.jspecify.annotations.Nullable;

/// Global defaults of `email_configs` (`smtp_*`).
///
/// @param smarthost null for none
/// @param forceImplicitTls null decides by the port
public record EmailDefaults(
    String from,
    String hello,
    @Nullable HostPort smarthost,
    String authUsername,
    SecretSource authPassword,
    SecretSource authSecret,
    String authIdentity,
    boolean requireTls,
    @Nullable Boolean forceImplicitTls,
    TlsOptions tls)
    implements IntegrationDefaults {
  static EmailDefaults of(KeyReader keys) {
    YamlMap map = keys.map();
    return new EmailDefaults(
        map.string("smtp_from", ""),
        map.string("smtp_hello", "localhost"),
        map.get("smtp_smarthost")
            .filter(value -> !value.asString().isEmpty())
            .map(EmailDefaults::hostPort)
            .orElse(null),
        map.string("smtp_auth_username", ""),
        keys.secret("smtp_auth_password"),
        keys.secret("smtp_auth_secret"),
        map.string("smtp_auth_identity", ""),
        map.bool("smtp_require_tls", true),
        map.get("smtp_force_implicit_tls").map(YamlValue::asBoolean).orElse(null),
        keys.tls("smtp_tls_config", TlsOptions.DEFAULT));
  }

  static HostPort hostPort(YamlValue value) {
    return value.parse("host:port", HostPort::parse);
  }

  @Override
  public IntegrationConfig read(KeyReader keys) {
    return EmailConfig.read(keys, this);
  }

  @Override
  public void print(ConfigSection global) {
    global.putText("smtp_from", from).putText("smtp_hello", hello);
    if (smarthost != null) {
      global.put("smtp_smarthost", smarthost.toString());
    }
    global
        .putText("smtp_auth_username", authUsername)
        .putSecret("smtp_auth_password", authPassword)
        .putSecret("smtp_auth_secret", authSecret)
        .putText("smtp_auth_identity", authIdentity)
        .put("smtp_require_tls", requireTls)
        .putFlag("smtp_force_implicit_tls", forceImplicitTls)
        .putTls("smtp_tls_config", tls);
  }
}
