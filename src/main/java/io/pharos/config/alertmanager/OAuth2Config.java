package io.pharos.config.alertmanager;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// How a receiver's access token is fetched: OAuth 2.0's client credentials (`oauth2`).
///
/// @param endpointParams what the request for a token carries besides, in file order
/// @param tls how the token's server is called
/// @param proxy how the token's server is reached
public record OAuth2Config(
    String clientId,
    SecretValue clientSecret,
    List<String> scopes,
    String tokenUrl,
    Map<String, String> endpointParams,
    TlsConfig tls,
    ProxyConfig proxy) {
  public OAuth2Config {
    requireNonNull(clientId, "clientId is null");
    requireNonNull(clientSecret, "clientSecret is null");
    scopes = List.copyOf(scopes);
    requireNonNull(tokenUrl, "tokenUrl is null");
    endpointParams = Collections.unmodifiableMap(new LinkedHashMap<>(endpointParams));
    requireNonNull(tls, "tls is null");
    requireNonNull(proxy, "proxy is null");
  }

  /// The configuration by which the token's server is called.
  public HttpConfig http() {
    return HttpConfig.DEFAULT.withTransport(tls, proxy);
  }
}
