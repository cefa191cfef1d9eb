package io.pharos.config.http;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// How a request authenticates itself.
public sealed interface Credentials {
  /// Not at all.
  record None() implements Credentials {}

  /// `basic_auth`
  record Basic(SecretSource username, SecretSource password) implements Credentials {
    public Basic {
      requireNonNull(username, "username is null");
      requireNonNull(password, "password is null");
    }
  }

  /// `authorization`, `bearer_token` and `bearer_token_file`: the header is the type, a space, and
  /// the credentials.
  record Header(String type, SecretSource credentials) implements Credentials {
    public Header {
      requireNonNull(type, "type is null");
      requireNonNull(credentials, "credentials is null");
    }
  }

  /// `oauth2`: the header carries a token that is fetched by OAuth 2.0's client credentials.
  ///
  /// @param endpointParams what the request for a token carries besides, in file order
  /// @param tls how the token's server is called
  /// @param proxy how the token's server is reached
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

    /// How the token's server is called.
    public HttpOptions http() {
      // A redirect would take the secret along.
      return new HttpOptions(new None(), tls, proxy, Map.of(), false, true);
    }
  }
}
