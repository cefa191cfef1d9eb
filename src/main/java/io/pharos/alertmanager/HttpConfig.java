package io.pharos.alertmanager;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/// How an HTTP receiver is called.
///
/// @param basicAuth user and password, or null
/// @param authorization the `Authorization` header, or null; never together with [#basicAuth]
public record HttpConfig(
    @Nullable BasicAuth basicAuth,
    @Nullable Authorization authorization,
    TlsConfig tls,
    boolean followRedirects,
    boolean enableHttp2) {
  public static final HttpConfig DEFAULT =
      new HttpConfig(null, null, TlsConfig.DEFAULT, true, true);

  public HttpConfig {
    requireNonNull(tls, "tls is null");
    if (basicAuth != null && authorization != null) {
      throw new IllegalArgumentException(
          "at most one of basic_auth and authorization may be given");
    }
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
}
