package io.pharos.config.alertmanager;

import io.pharos.config.http.Credentials;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.ProxyOptions;
import io.pharos.config.http.Secret;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.TlsOptions;
import io.pharos.model.PromDuration;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A mapping of the printed configuration. Most methods leave out empty values.
public final class ConfigSection {
  final Map<String, Object> entries = new LinkedHashMap<>();

  /// Puts a value.
  public ConfigSection put(String key, Object value) {
    entries.put(key, value);
    return this;
  }

  /// Puts a mapping.
  public ConfigSection put(String key, ConfigSection value) {
    return put(key, (Object) value.entries);
  }

  /// Puts a text unless it is empty.
  public ConfigSection putText(String key, String text) {
    return text.isEmpty() ? this : put(key, text);
  }

  /// Puts a list unless it is empty.
  public ConfigSection putAll(String key, List<?> values) {
    return values.isEmpty() ? this : put(key, values);
  }

  /// Puts a duration unless it is null.
  public ConfigSection putDuration(String key, @Nullable Duration value) {
    return value == null ? this : put(key, PromDuration.format(value));
  }

  /// Puts a flag unless it is null.
  public ConfigSection putFlag(String key, @Nullable Boolean flag) {
    return flag == null ? this : put(key, flag);
  }

  /// Puts a mapping unless it is empty.
  public ConfigSection putMap(String key, Map<String, ?> values) {
    return values.isEmpty() ? this : put(key, values);
  }

  /// Puts `send_resolved` and `http_config`, the first keys of most integrations.
  public ConfigSection putCommon(boolean sendResolved, HttpOptions http) {
    return put("send_resolved", sendResolved).put("http_config", http(http));
  }

  /// Puts TLS settings.
  public ConfigSection putTls(String key, TlsOptions tls) {
    return put(key, tls(tls));
  }

  /// Puts a list of mappings unless it is empty.
  public <T> ConfigSection putEach(
      String key, List<T> values, BiConsumer<ConfigSection, T> printer) {
    return putAll(
        key,
        values.stream()
            .map(
                value -> {
                  var section = new ConfigSection();
                  printer.accept(section, value);
                  return section.entries;
                })
            .toList());
  }

  /// Puts a value that may be in a file but is not a secret, such as a certificate.
  ConfigSection putTextOrFile(String key, SecretSource value) {
    return switch (value) {
      case SecretSource.Unset _ -> this;
      case SecretSource.Inline(Secret text) -> put(key, text.reveal());
      case SecretSource.FromFile(Path file) -> put(key + "_file", file.toString());
    };
  }

  /// Puts the placeholder of an inline secret, or the name of a secret's file; nothing if it is
  /// unset.
  public ConfigSection putSecret(String key, SecretSource value) {
    return switch (value) {
      case SecretSource.Unset _ -> this;
      case SecretSource.Inline _ -> put(key, Secret.MASK);
      case SecretSource.FromFile(Path file) -> put(key + "_file", file.toString());
    };
  }

  static ConfigSection http(HttpOptions http) {
    var section = new ConfigSection();
    switch (http.credentials()) {
      case Credentials.None _ -> {}
      case Credentials.Basic(SecretSource username, SecretSource password) ->
          section.put(
              "basic_auth",
              new ConfigSection()
                  .putTextOrFile("username", username)
                  .putSecret("password", password));
      case Credentials.Header(String type, SecretSource secret) ->
          section.put(
              "authorization",
              new ConfigSection().put("type", type).putSecret("credentials", secret));
      case Credentials.OAuth2 oauth2 -> section.put("oauth2", oauth2(oauth2));
    }
    section
        .put("tls_config", tls(http.tls()))
        .put("follow_redirects", http.followRedirects())
        .put("enable_http2", http.enableHttp2());
    proxy(section, http.proxy());
    var headers = new LinkedHashMap<String, Object>();
    http.headers().forEach((name, header) -> headers.put(name, header(header)));
    return section.putMap("http_headers", headers);
  }

  private static ConfigSection oauth2(Credentials.OAuth2 oauth2) {
    var section =
        new ConfigSection()
            .put("client_id", oauth2.clientId())
            .putSecret("client_secret", oauth2.clientSecret())
            .putAll("scopes", oauth2.scopes())
            .put("token_url", oauth2.tokenUrl())
            .putMap("endpoint_params", oauth2.endpointParams())
            .put("tls_config", tls(oauth2.tls()));
    proxy(section, oauth2.proxy());
    return section;
  }

  private static void proxy(ConfigSection section, ProxyOptions proxy) {
    section.putText("proxy_url", proxy.url()).putText("no_proxy", proxy.noProxy());
    if (proxy.fromEnvironment()) {
      section.put("proxy_from_environment", true);
    }
  }

  private static Map<String, Object> header(HttpOptions.Header header) {
    return new ConfigSection()
        .putAll("values", header.values())
        .putAll(
            "secrets",
            header.secrets().stream()
                .filter(SecretSource.Inline.class::isInstance)
                .map(_ -> Secret.MASK)
                .toList())
        .putAll("files", header.secrets().stream().flatMap(ConfigSection::file).toList())
        .entries;
  }

  private static Stream<String> file(SecretSource value) {
    return value instanceof SecretSource.FromFile(var path)
        ? Stream.of(path.toString())
        : Stream.of();
  }

  private static String version(TlsOptions.@Nullable Version version) {
    return version == null ? "" : version.name();
  }

  static ConfigSection tls(TlsOptions tls) {
    return new ConfigSection()
        .putTextOrFile("ca", tls.ca())
        .putTextOrFile("cert", tls.cert())
        .putSecret("key", tls.key())
        .putText("server_name", tls.serverName())
        .putText("min_version", version(tls.minVersion()))
        .putText("max_version", version(tls.maxVersion()))
        .put("insecure_skip_verify", tls.insecureSkipVerify());
  }
}
