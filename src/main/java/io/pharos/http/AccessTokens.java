package io.pharos.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.config.http.Credentials;
import io.pharos.model.SharedMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Fetches and caches the OAuth 2.0 access token of one client (client credentials grant).
/// Thread-safe: concurrent callers wait for the same fetch.
final class AccessTokens {
  /* A token is renewed this long before its end, so that it does not expire during a request. */
  private static final Duration MARGIN = Duration.ofSeconds(10);
  private static final int MAX_ANSWER_BYTES = 64 * 1024;

  private final OutgoingClient client;
  private final InstantSource clock;
  private final ReentrantLock fetching = new ReentrantLock();
  private volatile @Nullable Token token;

  AccessTokens(OutgoingClient client, InstantSource clock) {
    this.client = client;
    this.clock = clock;
  }

  /// An access token.
  ///
  /// @param authorization complete value of the header `Authorization`
  /// @param renewAt time at which it must be renewed
  private record Token(String authorization, Instant renewAt) {}

  /// Returns the value of the header `Authorization`.
  ///
  /// @param limit timeout for fetching a token
  ///
  /// @throws IOException if the client secret is unreadable
  /// @throws OutgoingClient.CredentialsException if the token server is unreachable or returns no
  ///   token
  String authorization(Credentials.OAuth2 config, Duration limit)
      throws IOException, InterruptedException {
    Token cached = token;
    if (cached != null && clock.instant().isBefore(cached.renewAt())) {
      return cached.authorization();
    }
    fetching.lock();
    try {
      cached = token;
      if (cached == null || !clock.instant().isBefore(cached.renewAt())) {
        cached = fetch(config, limit);
        token = cached;
      }
      return cached.authorization();
    } finally {
      fetching.unlock();
    }
  }

  /// Discards the cached token, so that the next call fetches a new one.
  void forget() {
    token = null;
  }

  /// Fetches a token. Client id and secret are sent in the header first, as RFC 6749 prefers. If
  /// the server rejects the request, they are sent in the body.
  private Token fetch(Credentials.OAuth2 config, Duration limit)
      throws IOException, InterruptedException {
    String secret = config.clientSecret().read().orElse("");
    var form = new HashMap<String, String>(config.endpointParams());
    form.put("grant_type", "client_credentials");
    if (!config.scopes().isEmpty()) {
      form.put("scope", String.join(" ", config.scopes()));
    }
    String header = RequestIdentity.basic(encode(config.clientId()), encode(secret));
    HttpResponse<byte[]> response = send(config, form, header, limit);
    if (response.statusCode() / 100 == 4 && response.statusCode() != 429) {
      form.put("client_id", config.clientId());
      form.put("client_secret", secret);
      response = send(config, form, "", limit);
    }
    return read(response, LoggableAddress.of(URI.create(config.tokenUrl())));
  }

  private HttpResponse<byte[]> send(
      Credentials.OAuth2 config, Map<String, String> form, String authorization, Duration limit)
      throws IOException, InterruptedException {
    URI uri = URI.create(config.tokenUrl());
    var request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", FormBody.TYPE)
            .POST(HttpRequest.BodyPublishers.ofString(FormBody.of(form)));
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    try {
      return client.send(request.build(), BoundedBody.of(MAX_ANSWER_BYTES), limit);
    } catch (IOException e) {
      throw new OutgoingClient.CredentialsException(
          LoggableAddress.of(uri) + " returned no access token: " + e.getClass().getSimpleName(),
          false,
          e);
    }
  }

  private Token read(HttpResponse<byte[]> response, String server)
      throws OutgoingClient.CredentialsException {
    int status = response.statusCode();
    JsonNode answer = SharedMapper.read(new String(response.body(), StandardCharsets.UTF_8));
    String text = answer.path("access_token").asText();
    if (status / 100 != 2 || text.isEmpty()) {
      // The body may contain the secret, so only OAuth's error code is reported.
      String reason =
          server
              + " returned no access token: status "
              + status
              + error(answer.path("error").asText());
      throw new OutgoingClient.CredentialsException(reason, status != 429 && status / 100 != 5);
    }
    JsonNode seconds = answer.path("expires_in");
    Instant renewAt =
        seconds.isNumber()
            ? clock.instant().plusSeconds((long) Math.ceil(seconds.asDouble())).minus(MARGIN)
            : Instant.MAX;
    String type = answer.path("token_type").asText("Bearer");
    String scheme = type.equalsIgnoreCase("bearer") ? "Bearer" : type;
    return new Token(scheme + " " + text, renewAt);
  }

  /* Returns an error code of the form that RFC 6749 defines. Other texts are omitted, because they
   * might contain the secret. */
  private static String error(String code) {
    return code.matches("[a-z_]{1,100}") ? ", " + code : "";
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
