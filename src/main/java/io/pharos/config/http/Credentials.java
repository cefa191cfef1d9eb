package io.pharos.config.http;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// How a request authenticates.
public sealed interface Credentials {
  /// No authentication.
  record None() implements Credentials {}

  /// `basic_auth`
  record Basic(SecretSource username, SecretSource password) implements Credentials {
    public Basic {
      requireNonNull(username, "username is null");
      requireNonNull(password, "password is null");
    }
  }

  /// `authorization`, `bearer_token` and `bearer_token_file`: a header with the type, a space and
  /// the credentials.
  record Header(String type, SecretSource credentials) implements Credentials {
    public Header {
      requireNonNull(type, "type is null");
      requireNonNull(credentials, "credentials is null");
    }
  }

  /// `oauth2`: a header with a token that the client-credentials flow of OAuth 2.0 fetches.
  ///
  /// @param endpointParams further parameters of the token request, in file order
  /// @param tls TLS options for the token endpoint
  /// @param proxy proxy for the token endpoint
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
      requireNonNull(clientId, "clientId is null");
      requireNonNull(clientSecret, "clientSecret is null");
      scopes = List.copyOf(scopes);
      requireNonNull(tokenUrl, "tokenUrl is null");
      endpointParams = Collections.unmodifiableMap(new LinkedHashMap<>(endpointParams));
      requireNonNull(tls, "tls is null");
      requireNonNull(proxy, "proxy is null");
    }

    /// HTTP options for the token endpoint. Redirects are off, because they would forward the
    /// secret.
    public HttpOptions http() {
      return new HttpOptions(new None(), tls, proxy, Map.of(), false, true);
    }
  }
}
