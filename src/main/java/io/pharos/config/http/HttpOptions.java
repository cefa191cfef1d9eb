package io.pharos.config.http;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// HTTP client options: Prometheus' `HTTPClientConfig`.
///
/// @param headers additional headers of every request, by name, in file order
/// @param enableHttp2 whether TLS connections may use HTTP/2
public record HttpOptions(
    Credentials credentials,
    TlsOptions tls,
    ProxyOptions proxy,
    Map<String, Header> headers,
    boolean followRedirects,
    boolean enableHttp2) {
  /// No credentials, the JDK's trust store, redirects followed.
  public static final HttpOptions DEFAULT =
      new HttpOptions(
          new Credentials.None(), TlsOptions.DEFAULT, ProxyOptions.NONE, Map.of(), true, true);

  public HttpOptions {
    headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
  }

  /// Returns the default options with a bearer token.
  public static HttpOptions bearer(SecretSource token) {
    return DEFAULT.withBearer(token);
  }

  /// Returns these options with a bearer token instead of other credentials.
  public HttpOptions withBearer(SecretSource token) {
    return new HttpOptions(
        new Credentials.Header("Bearer", token), tls, proxy, headers, followRedirects, enableHttp2);
  }

  /// Returns these options, with redirects returned as responses instead of followed.
  public HttpOptions withoutRedirects() {
    return new HttpOptions(credentials, tls, proxy, headers, false, enableHttp2);
  }

  /// The values of one additional header.
  ///
  /// @param values values that are not secrets
  public record Header(List<String> values, List<SecretSource> secrets) {
    public Header {
      values = List.copyOf(values);
      secrets = List.copyOf(secrets);
    }
  }

  /// Returns all secrets, inline or in files. Certificates and inline user names are not among
  /// them.
  public List<SecretSource> secrets() {
    var all = new ArrayList<SecretSource>();
    switch (credentials) {
      case Credentials.None _ -> {}
      case Credentials.Basic(SecretSource username, SecretSource password) -> {
        if (username instanceof SecretSource.FromFile) {
          all.add(username);
        }
        all.add(password);
      }
      case Credentials.Header(_, SecretSource secret) -> all.add(secret);
      case Credentials.OAuth2 oauth2 -> all.add(oauth2.clientSecret());
    }
    headers.values().forEach(header -> all.addAll(header.secrets()));
    return all;
  }
}
