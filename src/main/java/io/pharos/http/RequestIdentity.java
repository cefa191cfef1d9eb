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

  /// @param tokens source of access tokens; empty unless the options use OAuth 2.0
  RequestIdentity(HttpOptions options, Optional<AccessTokens> tokens) {
    this.options = options;
    this.tokens = tokens;
  }

  /// Returns an identity for requests that are only displayed, for which no access token is
  /// fetched.
  public static RequestIdentity offline(HttpOptions options) {
    return new RequestIdentity(options, Optional.empty());
  }

  /// Returns a copy of the request with credentials and headers.
  ///
  /// @param additional additional headers; an `Authorization` here overrides the options
  /// @param limit timeout for fetching an access token
  /// @throws OutgoingClient.CredentialsException if a secret is unavailable
  public HttpRequest apply(HttpRequest request, Map<String, String> additional, Duration limit)
      throws OutgoingClient.CredentialsException, InterruptedException {
    if (additional.isEmpty() && isAnonymous(request.uri())) {
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
      if (!additional.containsKey(AUTHORIZATION)) {
        authorization(request.uri(), limit)
            .ifPresent(value -> builder.setHeader(AUTHORIZATION, value));
      }
      additional.forEach(builder::header);
    } catch (OutgoingClient.CredentialsException e) {
      throw e;
    } catch (IOException e) {
      throw new OutgoingClient.CredentialsException(String.valueOf(e.getMessage()), false, e);
    } catch (IllegalArgumentException _) {
      // The cause is omitted, because its message contains the secret.
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

  /// Returns the value of `Authorization` for the user and password in a URL.
  private static String ofUser(String userInfo) {
    String[] pair = userInfo.split(":", 2);
    return basic(pair[0], pair.length == 1 ? "" : pair[1]);
  }

  /// Returns the value of the header `Authorization` with the scheme `Basic`.
  public static String basic(String user, String password) {
    String pair = user + ":" + password;
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  /// Discards the access token after the server has rejected it.
  ///
  /// @return whether access tokens are used
  boolean forgetToken() {
    tokens.ifPresent(AccessTokens::forget);
    return tokens.isPresent();
  }
}
