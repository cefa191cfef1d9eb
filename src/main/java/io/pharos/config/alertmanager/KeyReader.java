package io.pharos.config.alertmanager;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.HttpReader;
import io.pharos.config.http.SecretReader;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.TlsOptions;
import io.pharos.config.http.UrlReader;
import io.pharos.config.yaml.YamlMap;
import java.nio.file.Path;

/// Reads the keys of one mapping: plain ones by [#map], and those that name secrets, addresses and
/// ways of calling. Faults are a [io.pharos.config.yaml.ConfigException].
public final class KeyReader {
  private final YamlMap map;
  private final SecretReader secrets;
  private final HttpReader http;
  private final HttpOptions globalHttp;

  /// @param folder what relative paths resolve against
  /// @param globalHttp how receivers are called that do not say it themselves
  KeyReader(YamlMap map, Path folder, HttpOptions globalHttp) {
    this.map = map;
    this.secrets = new SecretReader(folder);
    this.http = new HttpReader(folder, HttpReader.ALL);
    this.globalHttp = globalHttp;
  }

  /// The mapping itself.
  public YamlMap map() {
    return map;
  }

  /// `send_resolved`.
  public boolean sendResolved(boolean otherwise) {
    return map.bool("send_resolved", otherwise);
  }

  /// `http_config`; where there is one the global one counts for nothing.
  public HttpOptions http() {
    return http.read(map, globalHttp);
  }

  /// TLS settings.
  public TlsOptions tls(String key, TlsOptions otherwise) {
    return map.has(key) ? http.readTls(map, key) : otherwise;
  }

  /// A secret: `key`, or the file that `key_file` names.
  public SecretSource secret(String key) {
    return secrets.read(map, key);
  }

  /// As [#secret] where it must be given.
  public SecretSource requiredSecret(String key) {
    return required(key, secret(key));
  }

  /// As [#secret] where it is an `http` or `https` address.
  public SecretSource secretUrl(String key) {
    return secrets.readUrl(map, key);
  }

  /// As [#secretUrl] where it must be given.
  public SecretSource requiredSecretUrl(String key) {
    return required(key, secretUrl(key));
  }

  private SecretSource required(String key, SecretSource value) {
    if (!value.isSet()) {
      throw map.error("one of " + key + " or " + key + "_file must be given");
    }
    return value;
  }

  /// An `http` or `https` address that is no secret.
  public String url(String key, String otherwise) {
    return UrlReader.read(map, key, otherwise);
  }

  /// As [#url], with a slash at its end, so that paths can be added.
  public String folderUrl(String key, String otherwise) {
    return UrlReader.readFolder(map, key, otherwise);
  }
}
