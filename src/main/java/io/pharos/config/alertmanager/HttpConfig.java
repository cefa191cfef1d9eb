package io.pharos.config.alertmanager;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How an HTTP receiver is called.
///
/// @param basicAuth user and password, or null
/// @param authorization the `Authorization` header, or null
/// @param oauth2 where the `Authorization` header's token comes from, or null; at most one of the
///   three is given
/// @param headers further headers of every request, by name in file order
public record HttpConfig(
    @Nullable BasicAuth basicAuth,
    @Nullable Authorization authorization,
    @Nullable OAuth2Config oauth2,
    TlsConfig tls,
    ProxyConfig proxy,
    Map<String, Header> headers,
    boolean followRedirects,
    boolean enableHttp2) {
  public static final HttpConfig DEFAULT =
      new HttpConfig(null, null, null, TlsConfig.DEFAULT, ProxyConfig.NONE, Map.of(), true, true);

  public HttpConfig {
    requireNonNull(tls, "tls is null");
    requireNonNull(proxy, "proxy is null");
    headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    int ways =
        (basicAuth == null ? 0 : 1) + (authorization == null ? 0 : 1) + (oauth2 == null ? 0 : 1);
    if (ways > 1) {
      throw new IllegalArgumentException(
          "at most one of basic_auth, authorization and oauth2 may be given");
    }
  }

  /// The same with another way to the server.
  public HttpConfig withTransport(TlsConfig newTls, ProxyConfig newProxy) {
    return new HttpConfig(
        basicAuth, authorization, oauth2, newTls, newProxy, headers, followRedirects, enableHttp2);
  }

  /// User and password as HTTP's `Basic` scheme sends them.
  ///
  /// @param username the user; where [#usernameFile] is set it comes from there
  public record BasicAuth(String username, SecretValue usernameFile, SecretValue password) {
    public BasicAuth {
      requireNonNull(username, "username is null");
      requireNonNull(usernameFile, "usernameFile is null");
      requireNonNull(password, "password is null");
    }
  }

  /// The header `Authorization: type credentials`.
  public record Authorization(String type, SecretValue credentials) {
    public Authorization {
      requireNonNull(type, "type is null");
      requireNonNull(credentials, "credentials is null");
    }
  }

  /// The values of one further header: plain ones, secret ones, and the contents of files.
  public record Header(List<String> values, List<SecretValue> secrets, List<SecretValue> files) {
    public Header {
      values = List.copyOf(values);
      secrets = List.copyOf(secrets);
      files = List.copyOf(files);
    }
  }
}
