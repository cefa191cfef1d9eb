package io.pharos.config.alertmanager;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.HttpReader;
import io.pharos.config.http.SecretReader;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.TlsOptions;
import io.pharos.config.http.UrlReader;
import io.pharos.config.yaml.YamlMap;
import java.nio.file.Path;

/// Reads the keys of one mapping: secrets, URLs and HTTP options by its own methods, and all other
/// keys by [#map]. Throws [io.pharos.config.yaml.ConfigException] for invalid values.
public final class KeyReader {
  private final YamlMap map;
  private final SecretReader secrets;
  private final HttpReader http;
  private final HttpOptions globalHttp;

  /// @param globalHttp HTTP options of integrations that do not set `http_config`
  KeyReader(YamlMap map, Path folder, HttpOptions globalHttp) {
    this.map = map;
    this.secrets = new SecretReader(folder);
    this.http = receivers(folder);
    this.globalHttp = globalHttp;
  }

  /// Returns the reader of receivers' HTTP options. A receiver could redirect Pharos to pages that
  /// only Pharos can reach, so redirects are followed only if the file says so.
  static HttpReader receivers(Path folder) {
    return new HttpReader(folder, HttpReader.ALL).withoutRedirects();
  }

  /// Returns the mapping itself.
  public YamlMap map() {
    return map;
  }

  /// Reads `send_resolved`.
  public boolean sendResolved(boolean defaultValue) {
    return map.bool("send_resolved", defaultValue);
  }

  /// Reads `http_config`, which replaces the global options completely. Returns the global options
  /// if the key is absent.
  public HttpOptions http() {
    return http.read(map, globalHttp);
  }

  /// Reads TLS settings.
  public TlsOptions tls(String key, TlsOptions defaultValue) {
    return map.has(key) ? http.readTls(map, key) : defaultValue;
  }

  /// Returns a secret, which is inline under `key` or in the file that `key_file` names.
  public SecretSource secret(String key) {
    return secrets.read(map, key);
  }

  /// Returns a secret; throws if it is absent.
  public SecretSource requiredSecret(String key) {
    return required(key, secret(key));
  }

  /// Returns a secret that is an `http` or `https` URL.
  public SecretSource secretUrl(String key) {
    return secrets.readUrl(map, key);
  }

  /// Returns a secret that is an `http` or `https` URL; throws if it is absent.
  public SecretSource requiredSecretUrl(String key) {
    return required(key, secretUrl(key));
  }

  private SecretSource required(String key, SecretSource value) {
    if (!value.isSet()) {
      throw map.error("one of " + key + " or " + key + "_file must be given");
    }
    return value;
  }

  /// Returns an `http` or `https` URL that is not a secret.
  public String url(String key, String defaultValue) {
    return UrlReader.read(map, key, defaultValue);
  }

  /// Returns an `http` or `https` URL with a slash at its end, so that paths can be appended.
  public String folderUrl(String key, String defaultValue) {
    return UrlReader.readFolder(map, key, defaultValue);
  }
}
