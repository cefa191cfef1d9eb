package io.pharos.alerting.channel.email;

import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.ConfigKeys.Key;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.config.alertmanager.ConfigSection;
import io.pharos.config.alertmanager.HostPort;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.TlsOptions;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Configuration of mails with a text and an HTML part (`email_configs`). All mails of an alert
/// group form one thread. Texts are templates.
///
/// @param to addresses, separated by commas
/// @param headers texts by canonical name of the header (`Subject`, `X-Team`), in file order
/// @param html the HTML part; empty for a mail without HTML
/// @param text the text part; empty for the built-in text
/// @param forceImplicitTls whether TLS starts with the first byte; null if the port decides
public record EmailConfig(
    boolean sendResolved,
    @Text String to,
    @Text String from,
    @Key(always = true) String hello,
    HostPort smarthost,
    String authUsername,
    SecretSource authPassword,
    SecretSource authSecret,
    String authIdentity,
    @Text Map<String, String> headers,
    @Key(always = true) @Text String html,
    @Key(always = true) @Text String text,
    boolean requireTls,
    @Nullable Boolean forceImplicitTls,
    @Key("tls_config") TlsOptions tls)
    implements Channel.Config {
  /// The channel that this record configures.
  public static final Channel CHANNEL = Channel.withGlobals("email", Defaults::of, _ -> {});

  /// The default of `html`.
  public static final String DEFAULT_HTML = "{{ template \"email.default.html\" . }}";

  static final String DEFAULT_SUBJECT = "{{ template \"email.default.subject\" . }}";

  public EmailConfig {
    headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
  }

  static EmailConfig read(KeyReader keys, Defaults smtp) {
    YamlMap map = keys.map();
    map.unsupported("threading", "mails of a group are always one thread");
    String to = map.string("to", "");
    if (to.isEmpty()) {
      throw map.missing("to", "missing to address in email config");
    }
    HostPort smarthost = map.get("smarthost").map(Defaults::hostPort).orElse(smtp.smarthost());
    if (smarthost == null) {
      throw map.error("no smarthost and no global smtp_smarthost is set");
    }
    String from = map.string("from", smtp.from());
    if (from.isEmpty()) {
      throw map.error("no from and no global smtp_from is set");
    }
    SecretSource password = keys.secret("auth_password");
    SecretSource secret = keys.secret("auth_secret");
    return new EmailConfig(
        keys.sendResolved(false),
        to,
        from,
        map.string("hello", smtp.hello()),
        smarthost,
        map.string("auth_username", smtp.authUsername()),
        password.isSet() ? password : smtp.authPassword(),
        secret.isSet() ? secret : smtp.authSecret(),
        map.string("auth_identity", smtp.authIdentity()),
        headers(map),
        map.string("html", DEFAULT_HTML),
        map.string("text", ""),
        map.bool("require_tls", smtp.requireTls()),
        map.get("force_implicit_tls").map(YamlValue::asBoolean).orElse(smtp.forceImplicitTls()),
        keys.tls("tls_config", smtp.tls()));
  }

  private static Map<String, String> headers(YamlMap map) {
    var headers = new LinkedHashMap<String, String>();
    map.get("headers")
        .map(YamlValue::asMap)
        .ifPresent(
            section -> {
              for (String key : section.keys()) {
                String name = canonical(key);
                if (headers.put(name, section.string(key, "")) != null) {
                  throw section.error("the header " + Quoted.of(name) + " is given twice");
                }
              }
            });
    return headers;
  }

  /// Converts `x-my-header` to `X-My-Header`.
  private static String canonical(String header) {
    var text = new StringBuilder(header.length());
    boolean upper = true;
    for (int i = 0; i < header.length(); i++) {
      String letter = header.substring(i, i + 1);
      text.append(upper ? letter.toUpperCase(Locale.ROOT) : letter.toLowerCase(Locale.ROOT));
      upper = letter.equals("-");
    }
    return text.toString();
  }

  @Override
  public Channel kind() {
    return CHANNEL;
  }

  @Override
  public Notifier notifier(ChannelTools tools) {
    return new EmailNotifier(this, tools);
  }

  /// Whether TLS starts with the first byte: as configured, otherwise only on port 465.
  public boolean implicitTls() {
    return forceImplicitTls == null ? smarthost.port() == 465 : forceImplicitTls;
  }

  /// Global defaults of `email_configs` (`smtp_*`).
  ///
  /// @param smarthost mail server; null for none
  /// @param forceImplicitTls whether TLS starts with the first byte; null if the port decides
  public record Defaults(
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
    static Defaults of(KeyReader keys) {
      YamlMap map = keys.map();
      return new Defaults(
          map.string("smtp_from", ""),
          map.string("smtp_hello", "localhost"),
          map.get("smtp_smarthost")
              .filter(value -> !value.asString().isEmpty())
              .map(Defaults::hostPort)
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
}
