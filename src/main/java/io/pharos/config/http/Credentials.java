package io.pharos.config.http;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// How a request authenticates.
public sealed interface Credentials {
  /// The request does not authenticate.
  record None() implements Credentials {}

  /// `basic_auth`: user name and password.
  record Basic(SecretSource username, SecretSource password) implements Credentials {}

  /// `authorization`, `bearer_token` and `bearer_token_file`: the header `Authorization` with the
  /// type, a space and the credentials.
  record Header(String type, SecretSource credentials) implements Credentials {}

  /// `oauth2`: a header with a token, which is fetched by the client-credentials flow of OAuth 2.0.
  ///
  /// @param endpointParams further parameters of the token request, in file order
  record OAuth2(
      String clientId,
      SecretSource clientSecret,
      List<String> scopes,
      String tokenUrl,
      Map<String, String> endpointParams,
      TlsOptions tls,
      ProxyOptions proxy)
      implements Credentials {
    public OAuth2 {
      scopes = List.copyOf(scopes);
      endpointParams = Collections.unmodifiableMap(new LinkedHashMap<>(endpointParams));
    }

    /// Returns the HTTP options of token requests. They do not follow redirects, which would
    /// forward the secret.
    public HttpOptions http() {
      return new HttpOptions(new None(), tls, proxy, Map.of(), false, true);
    }
  }
}
