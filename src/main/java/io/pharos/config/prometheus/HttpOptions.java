package io.pharos.config.prometheus;

import static java.util.Objects.requireNonNull;

import io.pharos.config.http.TlsOptions;
import java.util.List;

/// How to talk HTTP to a target or an Alertmanager: Prometheus' `HTTPClientConfig`.
///
/// @param headers sent with every request, in file order
public record HttpOptions(
    Credentials credentials, TlsOptions tls, boolean followRedirects, List<HttpHeader> headers) {

  /// A header that is sent with every request; each source is one value of it.
  public record HttpHeader(String name, List<SecretSource> values) {
    public HttpHeader {
      requireNonNull(name, "name is null");
      values = List.copyOf(values);
    }
  }

  /// No credentials, the JDK's trust store, redirects followed.
  public static final HttpOptions DEFAULT =
      new HttpOptions(new Credentials.None(), TlsOptions.DEFAULT, true, List.of());

  public HttpOptions {
    requireNonNull(credentials, "credentials is null");
    requireNonNull(tls, "tls is null");
    headers = List.copyOf(headers);
  }
}
