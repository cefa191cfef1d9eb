package io.pharos.http;

import static java.util.Objects.requireNonNull;

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

/// What requests tell of who asks, by the options of a client: further headers and `Authorization`.
/// Secrets in files are read for each request.
public final class RequestIdentity {
  private static final String AUTHORIZATION = "Authorization";

  private final HttpOptions options;
  private final Optional<AccessTokens> tokens;

  private RequestIdentity(HttpOptions options, Optional<AccessTokens> tokens) {
    this.options = requireNonNull(options, "options is null");
    this.tokens = tokens;
  }

  /// The identity of requests that nobody sends: it asks no server for access tokens.
  public static RequestIdentity offline(HttpOptions options) {
    return new RequestIdentity(options, Optional.empty());
  }

  /// @param tokens where the options ask for them
  static RequestIdentity of(HttpOptions options, Optional<AccessTokens> tokens) {
    return new RequestIdentity(options, tokens);
  }

  /// The request with what only the server is told for which it is meant.
  ///
  /// @param own further headers; `Authorization` here stands over the options'
  /// @param limit how long an access token may take
  /// @throws CredentialsException when a secret is not to be had
  public HttpRequest put(HttpRequest request, Map<String, String> own, Duration limit)
      throws CredentialsException, InterruptedException {
    if (own.isEmpty() && isNobody(request.uri())) {
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
    } catch (CredentialsException e) {
      throw e;
    } catch (IOException e) {
      throw new CredentialsException(String.valueOf(e.getMessage()), false, e);
    } catch (IllegalArgumentException _) {
      // The JDK's message would show the secret.
      throw new CredentialsException("a header value has characters that HTTP forbids", false);
    }
    return builder.build();
  }

  /// Whether nothing is told of who asks.
  private boolean isNobody(URI uri) {
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
          tokens.isPresent()
              ? Optional.of(tokens.get().authorization(oauth2, limit))
              : Optional.empty();
    };
  }

  /// The header for the user and password that stand in an address.
  private static String ofUser(String userInfo) {
    String[] pair = userInfo.split(":", 2);
    return basic(pair[0], pair.length == 1 ? "" : pair[1]);
  }

  /// The value of the header `Authorization` in HTTP's scheme `Basic`.
  public static String basic(String user, String password) {
    String pair = user + ":" + password;
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  /// The server does not take the access token any more: the next request fetches another.
  ///
  /// @return whether there are access tokens at all
  boolean forgetToken() {
    tokens.ifPresent(AccessTokens::forget);
    return tokens.isPresent();
  }
}
