package io.pharos.http;

import io.pharos.config.http.Credentials;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/// Adds the configured headers and `Authorization` to requests. Secret files are read for each
/// request.
public final class RequestIdentity {
  private static final String AUTHORIZATION = "Authorization";

  private final HttpOptions options;
  private final Optional<AccessTokens> tokens;

  /// @param tokens source of access tokens, if the options use OAuth 2.0
  RequestIdentity(HttpOptions options, Optional<AccessTokens> tokens) {
    this.options = options;
    this.tokens = tokens;
  }

  /// Returns an identity for requests that are only shown; it fetches no access tokens.
  public static RequestIdentity offline(HttpOptions options) {
    return new RequestIdentity(options, Optional.empty());
  }

  /// Returns the request with its credentials and headers.
  ///
  /// @param own further headers; an `Authorization` here overrides the options
  /// @param limit timeout for fetching an access token
  /// @throws OutgoingClient.CredentialsException if a secret is unavailable
  public HttpRequest put(HttpRequest request, Map<String, String> own, Duration limit)
      throws OutgoingClient.CredentialsException, InterruptedException {
    if (own.isEmpty() && isAnonymous(request.uri())) {
      return request;
    }
    var builder = HttpRequest.newBuilder(request, (_, _) -> true);
    try {
      for (var header : options.headers().entrySet()) {
        header.getValue().values().forEach(value -> builder.header(header.getKey(), value));
        for (SecretSource value : header.getValue().secrets()) {
          builder.header(header.getKey(), value.read().orElse(""));
        }
      }
      if (!own.containsKey(AUTHORIZATION)) {
        authorization(request.uri(), limit)
            .ifPresent(value -> builder.setHeader(AUTHORIZATION, value));
      }
      own.forEach(builder::header);
    } catch (OutgoingClient.CredentialsException e) {
      throw e;
    } catch (IOException e) {
      throw new OutgoingClient.CredentialsException(String.valueOf(e.getMessage()), false, e);
    } catch (IllegalArgumentException _) {
      // The JDK's message contains the secret.
      throw new OutgoingClient.CredentialsException(
          "a header value has characters that HTTP forbids", false);
    }
    return builder.build();
  }

  private boolean isAnonymous(URI uri) {
    return options.headers().isEmpty()
        && options.credentials() instanceof Credentials.None
        && uri.getUserInfo() == null;
  }

  private Optional<String> authorization(URI uri, Duration limit)
      throws IOException, InterruptedException {
    return switch (options.credentials()) {
      case Credentials.None() ->
          Optional.ofNullable(uri.getUserInfo()).map(RequestIdentity::ofUser);
      case Credentials.Basic(SecretSource username, SecretSource password) ->
          Optional.of(basic(username.read().orElse(""), password.read().orElse("")));
      case Credentials.Header(String type, SecretSource secret) ->
          Optional.of(type + " " + secret.read().orElse(""));
      case Credentials.OAuth2 oauth2 ->
          tokens.isEmpty()
              ? Optional.empty()
              : Optional.of(tokens.get().authorization(oauth2, limit));
    };
  }

  /// Returns the header for user and password of a URL.
  private static String ofUser(String userInfo) {
    String[] pair = userInfo.split(":", 2);
    return basic(pair[0], pair.length == 1 ? "" : pair[1]);
  }

  /// Returns the value of the header `Authorization` with the scheme `Basic`.
  public static String basic(String user, String password) {
    String pair = user + ":" + password;
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  /// Discards the access token, which the server rejected.
  ///
  /// @return whether access tokens are used
  boolean forgetToken() {
    tokens.ifPresent(AccessTokens::forget);
    return tokens.isPresent();
  }
}
